package import Contracts

/// A volunteer's response to a call, and its current outcome.
package struct CallResponse: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        case confirmed
        case waiting
        case declined
    }

    package var volunteer: ID
    package var state: State
    /// The place on the waiting list, from 1; nil unless the volunteer waits, and while it is unknown.
    package var position: Int?
    /// Whether the place on the waiting list is still being determined.
    package var isPositionPending: Bool
    /// Until when the volunteer may claim a spot; nil without an offer.
    package var offerUntil: Timestamp?
    /// Why the state changed last, as in the API: `offer_lapsed`, `removed_by_organiser`, `spot_taken`, …
    package var reason: String?
    /// What the organiser wrote when removing the volunteer.
    package var comment: String?
    package var updatedAt: Timestamp?

    package init(
        volunteer: ID, state: State, position: Int? = nil, isPositionPending: Bool = false,
        offerUntil: Timestamp? = nil, reason: String? = nil, comment: String? = nil, updatedAt: Timestamp? = nil
    ) {
        self.volunteer = volunteer
        self.state = state
        self.position = position
        self.isPositionPending = isPositionPending
        self.offerUntil = offerUntil
        self.reason = reason
        self.comment = comment
        self.updatedAt = updatedAt
    }
}
