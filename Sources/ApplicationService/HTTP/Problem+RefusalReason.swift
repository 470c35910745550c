import Contracts
import Web

extension Problem {
    static let idempotencyMismatch = Problem(
        .idempotencyMismatch, "This Idempotency-Key was used with a different body.")

    /// The answer to a command that changed nothing.
    init(_ reason: RefusalReason, retryAfter wait: Duration? = nil) {
        switch reason {
        case .unknownApplication: self = .notFound
        case .applicationStarted:
            self.init(.applicationStarted, "The application has started and takes no more responses.")
        case .applicationCancelled: self.init(.applicationCancelled, "The application was cancelled.")
        case .differingApplication:
            self.init(.differingApplication, "An application with this id exists with different content.")
        case .tooManyChanges: self = .tooManyChanges(retryAfter: wait ?? .seconds(3600))
        case .removedByOrganiser, .reservedForSystem, .reservedForApplicationService, .notForWaitlist, .notForNotifier,
            .lostByRestore:
            // Only messages are refused for these reasons.
            self.init(.forbidden, "This message is reserved for the system.")
        }
    }

    /// The `error` of a failed operation.
    init(failedOperation reason: RefusalReason) {
        switch reason {
        case .applicationCancelled:
            self.init(
                .applicationCancelled, "The application was cancelled before the volunteer was on its waiting list.")
        case .unknownApplication, .applicationStarted, .differingApplication, .tooManyChanges, .removedByOrganiser,
            .reservedForSystem, .reservedForApplicationService, .notForWaitlist, .notForNotifier, .lostByRestore:
            // A command that is refused for these reasons has no operation.
            self.init(.internal, "The command could not be executed.")
        }
    }
}
