import Contracts

/// The result of a command's transaction. Client errors are results, not thrown errors, so that they do not roll back
/// the rest of the batch.
enum CommandResult: Sendable, Hashable {
    case accepted(AcceptedCommand)
    case refused(RefusalReason)
    /// The Idempotency-Key was used with a different body.
    case keyReused
    /// The application is unknown, or the caller may not command it.
    case notFound
    /// Nothing was decided: this volunteer is on the waiting list and would stay there, so the answer needs the
    /// position, which only WaitlistService knows.
    case needsPosition(of: ID)
}
