import ApplicationDomain
import Contracts
import WaitlistDomain

/// The invariants that hold whenever both services are idle.
extension ModelState {
    func checkIdle() throws {
        guard let list else { throw InvariantViolation("WaitlistService does not know the application") }
        guard list.seen == application.sent else {
            throw InvariantViolation("n = \(application.sent) but seen = \(list.seen), although the streams are empty")
        }
        if application.status == .cancelled {
            guard list.cancelled, list.reserved == 0 else {
                throw InvariantViolation("the list did not end with the cancellation")
            }
            for member in members.values where member.standing != .declined {
                guard member.toldOfCancellation else {
                    throw InvariantViolation("a member was not told of the cancellation")
                }
            }
            return
        }
        guard entries.map(\.volunteer) == observer.queue else {
            throw InvariantViolation("the lists differ: \(observer.queue) at A, \(entries.map(\.volunteer)) at W")
        }
        guard Set(observer.queue).isSubset(of: observer.listed) else {
            throw InvariantViolation("a volunteer on the list was not told so")
        }
        guard application.status == application.status(at: applicationNow) else {
            throw InvariantViolation("the application is \(application.status), the clock says otherwise (rule 10)")
        }
        guard application.status == .open, applicationNow < application.startsAt, waitlistNow < list.startsAt else {
            return
        }
        guard application.reserved == list.reserved, application.release == list.release else {
            throw InvariantViolation(
                "A has \((application.reserved, application.release)), W has \((list.reserved, list.release))")
        }
        try checkOffers(list)
        guard observer.owedOpening.isEmpty else {
            throw InvariantViolation("\(observer.owedOpening) were not told of spots that the list cannot use")
        }
        if application.reserved == 0, let release = observer.openSinceRelease {
            for volunteer in observer.queue {
                guard let notifiedRelease = observer.notifiedRelease[volunteer], notifiedRelease >= release else {
                    throw InvariantViolation("\(volunteer) waits while a spot is open, and was not told")
                }
            }
        }
    }

    /// For every reserved spot some volunteer can claim it, or a timer will end the offer.
    private func checkOffers(_ list: Waitlist) throws {
        guard application.reserved > 0 else {
            guard list.outstanding == 0 else {
                throw InvariantViolation("offers are outstanding without reserved spots")
            }
            return
        }
        guard list.outstanding > 0 else { throw InvariantViolation("spots are reserved but no offer is outstanding") }
        for entry in entries {
            guard let round = rounds[entry.round], !round.lapsed else { continue }
            guard lapses[round.number] == round.expiresAt else {
                throw InvariantViolation("an offer has no timer")
            }
            let offer = Member.Offer(release: application.release, expiresAt: round.expiresAt)
            guard members[entry.volunteer]?.offer == offer else {
                throw InvariantViolation("\(entry.volunteer) holds an offer at W that A does not have")
            }
        }
        if case .perSpot(let count) = policy.factor, list.listed > list.asked {
            guard list.outstanding >= count * list.reserved else {
                throw InvariantViolation(
                    "fewer offers than \(count) per reserved spot although some volunteers are unasked")
            }
        }
    }
}
