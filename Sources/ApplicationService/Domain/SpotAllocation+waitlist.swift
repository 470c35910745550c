package import Contracts

/// Rules 8 and 9: what WaitlistService's messages do.
extension SpotAllocation {
    /// What a `notify_free_spot` of WaitlistService means for each volunteer it names.
    package enum FreeSpotAnswer: Sendable, Hashable {
        /// Of another release, of a release that is over, or an answer to an older count of our messages.
        case ignored
        case offers(until: Timestamp)
        /// The release goes to everybody: those named hear of it without a time limit. Before the last part of a long
        /// answer the spots are still promised, so what the earlier parts name can be claimed like an offer.
        case openToAll(isLast: Bool)
    }

    /// Judges the message, before the members it names are looked at one by one with `offer`.
    package func round(_ message: NotifyFreeSpot, expiresAt: Timestamp?) -> FreeSpotAnswer {
        guard application.status == .open, message.release == application.release, application.reserved > 0 else {
            return .ignored
        }
        if let expiresAt { return .offers(until: expiresAt) }
        if message.more == true { return .openToAll(isLast: false) }
        // The last part, which ends the release, counts if WaitlistService has read all that we sent.
        return message.seen == application.sent ? .openToAll(isLast: true) : .ignored
    }

    /// Tells the member concerned, if waiting. An offer that is already known with this very end is not told anew.
    package mutating func offer(_ round: FreeSpotAnswer) {
        sendPendingBroadcasts()
        guard var waiting = member, waiting.standing == .waiting else { return }
        switch round {
        case .ignored: return
        case .openToAll(let isLast):
            if !isLast {
                waiting.offer = Member.Offer(release: application.release, expiresAt: .latest)
                member = waiting
            }
            tell(waiting.volunteer, .available)
        case .offers(let until):
            let offer = Member.Offer(release: application.release, expiresAt: until)
            if waiting.offer == offer { return }
            waiting.offer = offer
            member = waiting
            tell(waiting.volunteer, .available, expiresAt: until)
        }
    }

    /// Ends the release after `round` was told: the spots are open to all, the waiting keep their places.
    package mutating func endRelease(_ round: FreeSpotAnswer) {
        if round == .openToAll(isLast: true) { reserve(0) }
    }

    /// The volunteer is durably on the list. Someone who has left it meanwhile is not told an outdated place.
    /// - Parameter since: when the response was accepted that this answers: of several in turn only the last is listed.
    package mutating func listed(at position: Int?, since: Timestamp? = nil) {
        noteListed(since: since)
        guard let member, member.standing == .waiting, application.status != .cancelled else { return }
        tell(member.volunteer, .waiting, position: position)
    }

    /// The same, and the volunteer is not told.
    package mutating func noteListed(since: Timestamp?) {
        guard let waiting = member, waiting.standing == .waiting, application.status != .cancelled,
            since ?? waiting.since == waiting.since
        else { return }
        member?.isListed = true
    }
}
