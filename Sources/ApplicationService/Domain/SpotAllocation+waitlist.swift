package import Contracts

/// Rules 8 and 9: WaitlistService's messages.
extension SpotAllocation {
    /// The meaning of WaitlistService's `notify_free_spot` for each volunteer it names.
    package enum FreeSpotAnswer: Sendable, Hashable {
        /// It belongs to another release or to one that is over, or it answers an older count of our messages.
        case ignored
        case offers(until: Timestamp)
        /// The spots become open to all: the volunteers named are told without a time limit. The spots stay reserved
        /// until the last part of a long answer, so until then those named can claim one as with an offer.
        case openToAll(isLast: Bool)
    }

    /// Classifies the message, before `offer` applies it to each member it names.
    /// - Parameter epoch: the epoch of our stream to WaitlistService. Releases and counts of another epoch belong to
    ///   another life of this file; versions before this one sent none.
    package func classify(_ message: NotifyFreeSpot, expiresAt: Timestamp?, epoch: Int64? = nil) -> FreeSpotAnswer {
        if let answered = message.epoch, let epoch, answered != epoch { return .ignored }
        guard application.status == .open, message.release == application.release, application.reserved > 0 else {
            return .ignored
        }
        if let expiresAt { return .offers(until: expiresAt) }
        if message.more == true { return .openToAll(isLast: false) }
        // The last part ends the release. It is valid only if WaitlistService has read everything we sent.
        return message.seen == application.sent ? .openToAll(isLast: true) : .ignored
    }

    /// Gives the selected member an offer and notifies them, if they wait. A member who already has this offer is not
    /// notified again, nor one who still has it until the start, and the start moved only because the rules of the zone
    /// changed: the member was told the civil time, which is the same.
    /// - Parameter formerStart: the start by the former rules, if they changed; nil if they did not.
    package mutating func offer(_ answer: FreeSpotAnswer, formerStart: Timestamp? = nil) {
        sendPendingBroadcasts()
        guard var waiting = member, waiting.standing == .waiting else { return }
        switch answer {
        case .ignored: return
        case .openToAll(let isLast):
            if !isLast {
                waiting.offer = Member.Offer(release: application.release, expiresAt: .latest)
            }
            waiting.lastChange = ResponseChange(.spotsOpened, at: now)
            member = waiting
            notify(waiting.volunteer, .available)
        case .offers(let until):
            let offer = Member.Offer(release: application.release, expiresAt: until)
            if waiting.offer == offer { return }
            let isSameTime =
                waiting.offer?.release == offer.release && waiting.offer?.expiresAt == formerStart
                && until == application.startsAt
            waiting.offer = offer
            waiting.lastChange = ResponseChange(.spotOffered, at: now)
            member = waiting
            if isSameTime { return }
            notify(waiting.volunteer, .available, expiresAt: until)
        }
    }

    /// Ends the release after the last part of an opening was applied: the spots are open to all, and waiting members
    /// keep their positions.
    package mutating func endRelease(after answer: FreeSpotAnswer) {
        if answer == .openToAll(isLast: true) { reserve(0) }
    }

    /// WaitlistService has the volunteer on its list: notifies the volunteer of the position, if still waiting.
    /// - Parameter since: the acceptance time of the response that this answers. If the volunteer responded several
    ///   times, only the latest response becomes listed.
    package mutating func listed(at position: Int?, since: Timestamp? = nil) {
        // WaitlistService says it again after its file, or that of this service, was replaced by an older copy.
        if member?.isListed == true { return }
        markListed(since: since)
        guard let member, member.standing == .waiting, application.status != .cancelled else { return }
        notify(member.volunteer, .waiting, position: position)
    }

    /// The same without the notification.
    package mutating func markListed(since: Timestamp?) {
        guard let waiting = member, waiting.standing == .waiting, application.status != .cancelled,
            since ?? waiting.since == waiting.since
        else { return }
        member?.isListed = true
    }
}
