import ApplicationDomain
import Contracts
import Foundation

/// What ApplicationHandler does around the allocation.
extension World {
    mutating func respond(_ volunteer: ID, _ status: ResponseStatus) {
        var allocation = SpotAllocation(
            fault == .newcomersTakePromisedSpots && members[volunteer]?.standing != .waiting
                ? unreserved(application) : application,
            member: memberForResponse(volunteer), pendingBroadcasts: tellings.map(\.telling),
            now: timeForResponse(volunteer))
        let refusal = allocation.respond(volunteer, status)
        let promised = application.reserved
        finish(allocation)
        if let refusal {
            let telling = AddressedMessage.notification(
                to: volunteer, about: application.id, .refused, at: applicationNow, reason: refusal.rawValue)
            witness.told(volunteer, telling.message)
        }
        if fault == .newcomersTakePromisedSpots, application.reserved == 0 { application.reserved = promised }
    }

    private func unreserved(_ application: VolunteerApplication) -> VolunteerApplication {
        var application = application
        application.reserved = 0
        return application
    }

    private func memberForResponse(_ volunteer: ID) -> Member? {
        var member = members[volunteer]
        if fault == .notChosenAgainAndAgain { member?.notChosenIn = 0 }
        return member
    }

    private func timeForResponse(_ volunteer: ID) -> Timestamp {
        guard fault == .lateAcceptCounts, let end = members[volunteer]?.offer?.expiresAt else { return applicationNow }
        return min(applicationNow, end.advanced(by: .milliseconds(-1)))
    }

    mutating func change(_ update: UpdateVolunteerApplication) {
        var allocation = SpotAllocation(application, now: applicationNow)
        do { try allocation.update(update) } catch { return }
        finish(allocation)
    }

    mutating func cancel() {
        var allocation = SpotAllocation(application, now: applicationNow)
        allocation.cancel(CancelVolunteerApplication(applicationID: application.id, reason: nil))
        finish(allocation)
    }

    mutating func receiveAtApplication(_ message: Message) {
        switch message {
        case .waitingListRecord(let record):
            var allocation = SpotAllocation(application, member: members[record.userID], now: applicationNow)
            allocation.listed(at: record.position)
            finish(allocation)
        case .notifyFreeSpot(var answer):
            longestAnswer = max(longestAnswer, answer.waitingVolunteers.count)
            if fault == .seenIsIgnored { answer.seen = application.sent }
            var allocation = SpotAllocation(
                application, pendingBroadcasts: tellings.map(\.telling), now: applicationNow)
            let round = allocation.classify(answer, expiresAt: answer.expiresAt?.timestamp(in: .gmt))
            if round != .ignored {
                for volunteer in answer.waitingVolunteers {
                    allocation.select(members[volunteer])
                    allocation.offer(round)
                    members[volunteer] = allocation.member
                }
                allocation.select(nil)
                allocation.endRelease(after: round)
            }
            finish(allocation)
        default:
            break
        }
    }

    mutating func advanceTelling() {
        guard let work = tellings.first else { return }
        var allocation = SpotAllocation(application, pendingBroadcasts: tellings.map(\.telling), now: applicationNow)
        let step = members.values.filter { $0.volunteer.string > work.cursor }
            .sorted { $0.volunteer < $1.volunteer }.prefix(page)
        for member in step {
            allocation.select(member)
            allocation.sendPendingBroadcasts()
            members[member.volunteer] = allocation.member
        }
        allocation.select(nil)
        finish(allocation)
        if step.count == page, let last = step.last {
            tellings[0].cursor = last.volunteer.string
        } else {
            tellings.removeFirst()
        }
    }

    mutating func finish(_ allocation: SpotAllocation) {
        let reservedBefore = (application.reserved, application.release)
        application = allocation.application
        if let member = allocation.member { members[member.volunteer] = member }
        tellings += allocation.broadcasts.map { Telling(telling: $0, cursor: "") }
        for outgoing in allocation.messages {
            switch outgoing.destination {
            case .waitlist where isLost(outgoing.message, reservedBefore): application.sent -= 1
            case .waitlist: toWaitlist.append(outgoing.message)
            case .notifier(let volunteer): witness.told(volunteer, outgoing.message)
            case .everyNotifier: break
            }
        }
    }

    /// The message that a broken variant of the rules would not send.
    private func isLost(_ message: Message, _ before: (reserved: Int, release: Int)) -> Bool {
        switch message {
        case .notifyFreeSpot(let reservation):
            fault == .repeatedReservationIsNotSent
                && (reservation.availableSpots, reservation.release) == (before.reserved, before.release)
        case .response: fault == .leavingIsNotSent
        default: false
        }
    }
}
