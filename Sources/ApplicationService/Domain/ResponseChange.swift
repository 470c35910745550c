package import Contracts

/// The last change of a response, apart from its position on the waiting list.
package struct ResponseChange: Sendable, Hashable {
    package let reason: ResponseReason
    /// Nil if an earlier version did not record it.
    package let time: Timestamp?
    /// What the organiser wrote when removing the volunteer; nil if they wrote nothing, and with any other reason.
    package let comment: String?

    package init(_ reason: ResponseReason, at time: Timestamp?, comment: String? = nil) {
        self.reason = reason
        self.time = time
        self.comment = comment
    }
}

extension VolunteerApplication {
    /// The last change of a member's response as of a time. Nil if an earlier version made the change, and so did not
    /// record it.
    ///
    /// The end of an offer, the start and the cancellation change many responses without a decision about each, so
    /// they are derived here, from the same facts as `validOffer(of:at:)` and `status(at:)`.
    package func lastChange(of member: Member, at now: Timestamp) -> ResponseChange? {
        guard member.standing != .declined else { return member.lastChange }
        let recorded = member.lastChange
        /// A start or an end that lies before the recorded change took effect with it.
        func change(_ reason: ResponseReason, at time: Timestamp) -> ResponseChange {
            ResponseChange(reason, at: max(time, recorded?.time ?? time))
        }
        switch status(at: now) {
        case .cancelled: return ResponseChange(.applicationCancelled, at: updatedAt)
        case .started where member.standing == .waiting: return change(.applicationStarted, at: startsAt)
        case .started, .open: break
        }
        guard recorded?.reason == .spotOffered, let offer = member.offer, validOffer(of: member, at: now) == nil else {
            return recorded
        }
        // Before its end an offer is lost only to others; the broadcast that tells the volunteer is still to come.
        return now < offer.expiresAt
            ? ResponseChange(.notChosen, at: recorded?.time) : change(.offerLapsed, at: offer.expiresAt)
    }
}
