package import Contracts

/// The volunteers who were asked together: their offers lapse at the same time.
///
/// A round is a row for as long as its members count as asked. Deleting that row forgets all of them at once, so
/// forgetting 100,000 members changes few rows.
package struct OfferRound: Sendable, Hashable {
    package let number: Int64
    package let offeredAt: Timestamp
    package var expiresAt: Timestamp
    package var lapsed: Bool
    /// The number of members who are still on the list.
    package var members: Int

    package init(number: Int64, offeredAt: Timestamp, expiresAt: Timestamp, lapsed: Bool = false, members: Int = 0) {
        self.number = number
        self.offeredAt = offeredAt
        self.expiresAt = expiresAt
        self.lapsed = lapsed
        self.members = members
    }
}
