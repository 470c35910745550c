import ApplicationDomain
import Contracts
import WaitlistDomain

/// What must hold whenever nothing is under way.
extension World {
    func checkAtRest() throws {
        guard let list else { throw Violation("WaitlistService knows nothing of an application") }
        guard list.seen == application.sent else {
            throw Violation("n = \(application.sent), seen = \(list.seen), and the streams are empty")
        }
        if application.status == .cancelled {
            guard list.cancelled, list.reserved == 0 else { throw Violation("the list has not ended with the cancel") }
            for member in members.values where member.standing != .declined {
                guard member.toldOfCancellation else { throw Violation("somebody was not told of the cancellation") }
            }
            return
        }
        guard entries.map(\.volunteer) == witness.queue else {
            throw Violation("the lists differ: \(witness.queue) at A, \(entries.map(\.volunteer)) at W")
        }
        guard Set(witness.queue).isSubset(of: witness.listed) else {
            throw Violation("somebody on the list was not told so")
        }
        guard application.status == .open, applicationNow < application.startsAt, waitlistNow < list.startsAt else {
            return
        }
        guard application.reserved == list.reserved, application.release == list.release else {
            throw Violation(
                "A has \((application.reserved, application.release)), W has \((list.reserved, list.release))")
        }
        try checkOffers(list)
        if let release = witness.openSince {
            for volunteer in witness.queue {
                guard let heard = witness.heard[volunteer], heard >= release else {
                    throw Violation("\(volunteer) waits beside an open spot and was not told of it")
                }
            }
        }
    }

    /// Reserved spots have somebody who can claim them, or a lapse that will come.
    private func checkOffers(_ list: Waitlist) throws {
        guard application.reserved > 0 else {
            guard list.outstanding == 0 else { throw Violation("offers without reserved spots") }
            return
        }
        guard list.outstanding > 0 else { throw Violation("reserved spots that nobody holds an offer for") }
        for entry in entries {
            guard let round = rounds[entry.round], !round.lapsed else { continue }
            guard lapses[round.number] == round.expiresAt else { throw Violation("no timer will end an offer") }
            let offer = Member.Offer(release: application.release, expiresAt: round.expiresAt)
            guard members[entry.volunteer]?.offer == offer else {
                throw Violation("\(entry.volunteer) holds an offer at W that A does not honour")
            }
        }
        if case .perSpot(let count) = policy.factor, list.listed > list.asked {
            guard list.outstanding >= count * list.reserved else {
                throw Violation("fewer offers than \(count) per reserved spot although people are unasked")
            }
        }
    }
}
