package import Contracts

/// A notification to many members of one application.
///
/// It is sent in bounded steps, so that it never delays other transactions for long. Whether a member has yet to
/// receive it follows from the member's row alone (`SpotAllocation.sendPendingBroadcasts`). Any decision about a member
/// sends it first, so that each member receives notifications in order.
package enum Broadcast: Sendable, Hashable {
    /// The reserved spots of `release` went to others at `lostAt` (rule 9).
    case notChosen(release: Int, lostAt: Timestamp)
    /// The application was cancelled (rule 11).
    case cancelled(reason: String?)
}
