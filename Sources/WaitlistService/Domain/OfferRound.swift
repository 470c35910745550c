package import Contracts

/// People who were asked together: offers with one end. A row while it counts as asked; forgotten people are
/// those whose round is gone, so that forgetting a hundred thousand of them touches few rows.
package struct OfferRound: Sendable, Hashable {
    package let number: Int64
    package let offeredAt: Timestamp
    package var expiresAt: Timestamp
    package var lapsed: Bool
    /// How many of the round are still on the list.
    package var members: Int

    package init(number: Int64, offeredAt: Timestamp, expiresAt: Timestamp, lapsed: Bool = false, members: Int = 0) {
        self.number = number
        self.offeredAt = offeredAt
        self.expiresAt = expiresAt
        self.lapsed = lapsed
        self.members = members
    }
}
