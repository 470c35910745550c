package import Contracts

/// Something that many members of one application must be told: done in bounded steps, so that nobody else's
/// transaction waits for it. What a member is still owed is a pure question (`SpotAllocation.sendPendingBroadcasts`),
/// so whatever
/// concerns the member before the steps reach them pays it first, and they hear things in their order.
package enum Broadcast: Sendable, Hashable {
    /// The reserved spots of `release` went to others at `lostAt` (rule 9).
    case notChosen(release: Int, lostAt: Timestamp)
    /// The application was cancelled (rule 11).
    case cancelled(reason: String?)
}
