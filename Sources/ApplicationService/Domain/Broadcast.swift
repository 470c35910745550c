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
    /// Spots became open that the waiting list cannot use (rule 1).
    /// - Parameter number: `VolunteerApplication.openings` when this pass over the members began.
    case spotsOpen(number: Int)
}

extension Broadcast {
    /// The broadcast that follows when this one has reached every member: more spots became open in the meantime, and
    /// those reached before were not told of them.
    package func next(in application: VolunteerApplication) -> Broadcast? {
        guard case .spotsOpen(let number) = self, number < application.openings else { return nil }
        return .spotsOpen(number: application.openings)
    }
}
