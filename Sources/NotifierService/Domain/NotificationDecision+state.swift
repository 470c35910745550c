package import Contracts

/// What a user is told when ApplicationService sends its state (contract section 6). If its file is an older copy,
/// users were told what it does not know, and what holds for them now may be something else. If only NotifierService's
/// file was older, they were told everything in its lost life.
///
/// From the start of an application on, users are told nothing; of a cancelled one they are told only that.
extension NotificationDecision {
    /// Takes over what ApplicationService knows about the user.
    /// - Parameters:
    ///   - isRestored: whether its file is an older copy.
    ///   - isNew: whether nothing was known about the user here.
    package mutating func apply(_ state: VolunteerState, isRestored: Bool, isNew: Bool) {
        guard !application.isCancelled else { return }
        catchUp()
        let isTold = isRestored && !isNew && now < application.startsAt
        takeOver(state.standing, isTold: isTold && state.isListed != false)
        takeOverOffer(until: state.standing == .waiting ? state.offerExpiresAt : nil, isTold: isTold)
        // One who is not on the list yet is told of the place there, with the present name.
        if isNew, application.isFromState, state.isListed != false { catchUp(from: 1) }
    }

    private mutating func takeOver(_ standing: Recipient.Standing, isTold: Bool) {
        guard standing != recipient.standing else { return }
        setStanding(standing)
        reminders = standing == .confirmed ? .schedule(notBefore: now) : .cancel
        guard isTold else { return }
        notify(standing == .confirmed ? .confirmed : .waiting(position: nil))
    }

    /// An offer that has lapsed does not count.
    private mutating func takeOverOffer(until end: Timestamp?, isTold: Bool) {
        let end = end.flatMap { $0 > now ? $0 : nil }
        let toldEnd = recipient.offerExpiresAt.flatMap { $0 > now ? $0 : nil }
        recipient.offerExpiresAt = end
        guard isTold, recipient.standing == .waiting, end != toldEnd else { return }
        notify(end.map { .offered(until: $0) } ?? .notChosen)
    }

    /// ApplicationService has sent all of its state, and does not know the user's response.
    /// - Parameter isRestored: whether its file is an older copy.
    package mutating func lose(isRestored: Bool) {
        guard recipient.standing != .none else { return }
        leave()
        guard isRestored, now < application.startsAt else { return }
        // Those to whom ApplicationService has yet to send the cancellation are named in its state.
        notify(
            application.isCancelled
                ? .cancelled(reason: nil) : .refused(reason: RefusalReason.lostByRestore.rawValue))
    }
}

extension VolunteerState {
    fileprivate var standing: Recipient.Standing {
        switch status {
        case .confirmed: .confirmed
        case .waiting: .waiting
        }
    }
}
