import ApplicationDomain
import Contracts
import Foundation

/// What ApplicationService's transactions do around the domain.
extension ModelState {
    mutating func respond(_ volunteer: ID, _ status: ResponseStatus) {
        var allocation = SpotAllocation(
            mutation == .newcomersTakeReservedSpots && members[volunteer]?.standing != .waiting
                ? unreserved(application) : ifReservingForNobody(application),
            member: memberForResponse(volunteer), pendingBroadcasts: broadcastJobs.map(\.broadcast),
            now: timeForResponse(volunteer))
        let refusal = allocation.respond(volunteer, status, changesPerHour: 0)
        let reservedBefore = application.reserved
        finish(allocation)
        if let refusal {
            let notification = AddressedMessage.notification(
                to: volunteer, about: application.id, .refused, at: applicationNow, reason: refusal.rawValue)
            observer.observe(notification.message, to: volunteer)
        }
        if mutation == .newcomersTakeReservedSpots, application.reserved == 0 { application.reserved = reservedBefore }
    }

    private func unreserved(_ application: VolunteerApplication) -> VolunteerApplication {
        var application = application
        application.reserved = 0
        return application
    }

    /// With many more who wait, `min` in rule 1 has no effect; `finish` takes them away again.
    private func ifReservingForNobody(_ application: VolunteerApplication) -> VolunteerApplication {
        guard mutation == .reservesForNobody, application.waiting > 0 else { return application }
        var application = application
        application.waiting += Self.imaginary
        return application
    }

    private static var imaginary: Int { 1000 }

    private func memberForResponse(_ volunteer: ID) -> Member? {
        var member = members[volunteer]
        if mutation == .repeatsNotChosen { member?.notChosenIn = 0 }
        return member
    }

    private func timeForResponse(_ volunteer: ID) -> Timestamp {
        guard mutation == .acceptsLateClaims, let end = members[volunteer]?.offer?.expiresAt else {
            return latched(applicationNow)
        }
        return min(applicationNow, end.advanced(by: .milliseconds(-1)))
    }

    /// With a latched start the clock is never before it again.
    func latched(_ now: Timestamp) -> Timestamp {
        mutation == .latchesStart && application.status == .started ? max(now, application.startsAt) : now
    }

    mutating func change(_ update: UpdateVolunteerApplication) {
        var allocation = SpotAllocation(
            ifReservingForNobody(application), pendingBroadcasts: broadcastJobs.map(\.broadcast), now: applicationNow)
        // Only a cancelled application refuses an update, and that changes nothing.
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
        case .notifyFreeSpot(let answer):
            longestAnswer = max(longestAnswer, answer.waitingVolunteers.count)
            if storedAnswers.isEmpty, !storesAnswers { applyAnswer(answer) } else { storedAnswers.append(answer) }
        default:
            break
        }
    }

    mutating func runAnswerStep() {
        guard !storedAnswers.isEmpty else { return }
        applyAnswer(mutation == .answersOvertake ? storedAnswers.removeLast() : storedAnswers.removeFirst())
    }

    private mutating func applyAnswer(_ answer: NotifyFreeSpot) {
        var answer = answer
        if mutation == .ignoresSeen { answer.seen = application.sent }
        var allocation = SpotAllocation(
            application, pendingBroadcasts: broadcastJobs.map(\.broadcast), now: applicationNow)
        let meaning = allocation.classify(
            answer, expiresAt: answer.expiresAt?.timestamp(in: .gmt), epoch: Self.epoch)
        if meaning != .ignored {
            for volunteer in answer.waitingVolunteers {
                allocation.select(members[volunteer])
                allocation.offer(meaning)
                members[volunteer] = allocation.member
            }
            allocation.select(nil)
            allocation.endRelease(after: meaning)
        }
        finish(allocation)
    }

    mutating func runBroadcastStep() {
        guard let job = broadcastJobs.first else { return }
        var allocation = SpotAllocation(
            application, pendingBroadcasts: broadcastJobs.map(\.broadcast), now: applicationNow)
        let step = members.values.filter { $0.volunteer.string > job.cursor }
            .sorted { $0.volunteer < $1.volunteer }.prefix(page)
        for member in step {
            allocation.select(member)
            allocation.receiveBroadcasts()
            members[member.volunteer] = allocation.member
        }
        allocation.select(nil)
        finish(allocation)
        if step.count == page, let last = step.last {
            broadcastJobs[0].cursor = last.volunteer.string
        } else {
            broadcastJobs.removeFirst()
            if let next = job.broadcast.next(in: application) {
                broadcastJobs.append(BroadcastJob(broadcast: next, cursor: ""))
            }
        }
    }

    mutating func finish(_ allocation: SpotAllocation) {
        let reservedBefore = (application.reserved, application.release)
        application = allocation.application
        if mutation == .reservesForNobody, application.waiting >= Self.imaginary {
            application.waiting -= Self.imaginary
        }
        if let member = allocation.member { members[member.volunteer] = member }
        broadcastJobs += allocation.broadcasts.filter(isSent).map { BroadcastJob(broadcast: $0, cursor: "") }
        var dropped = 0
        for addressed in allocation.messages {
            switch addressed.destination {
            case .waitlist where isDropped(addressed.message, reservedBefore): dropped += 1
            case .waitlist:
                var message = addressed.message
                message.stamp?.sent -= dropped
                toWaitlist.append(message)
            case .notifier(let volunteer): observer.observe(addressed.message, to: volunteer)
            case .notifiers: break
            }
        }
        application.sent -= dropped
    }

    private func isSent(_ broadcast: Broadcast) -> Bool {
        if case .spotsOpen = broadcast { mutation != .keepsOpenSpotsSecret } else { true }
    }

    /// Whether the mutated rules would not send this message.
    private func isDropped(_ message: Message, _ before: (reserved: Int, release: Int)) -> Bool {
        switch message {
        case .notifyFreeSpot(let reservation):
            mutation == .dropsRepeatedReservations
                && (reservation.availableSpots, reservation.release) == (before.reserved, before.release)
        case .response: mutation == .dropsLeaving
        default: false
        }
    }
}
