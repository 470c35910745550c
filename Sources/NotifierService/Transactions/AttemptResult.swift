import Contracts
import NotifierDomain

/// An attempt that has ended, to be committed.
struct AttemptResult: Sendable, Hashable {
    /// The delivery's.
    let rowID: Int64
    /// Counts the attempts from 1.
    let number: Int
    let startedAt: Timestamp
    let duration: Duration
    let outcome: AttemptOutcome
    /// From 0 to 1, for the schedule.
    let random: Double
}
