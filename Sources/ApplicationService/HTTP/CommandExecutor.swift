import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// Takes commands: the effect, the operation and the idempotency record are one transaction, in the group commit with
/// everything else, and only then is the client answered. It goes on while the broker is away.
struct CommandExecutor: Sendable {
    private let rules: ApplicationPolicy
    private let partitions: LocalPartitions
    private let waitlist: WaitlistClient
    private let turnstile = KeyedLock()

    init(rules: ApplicationPolicy, partitions: LocalPartitions, waitlist: WaitlistClient) {
        self.rules = rules
        self.partitions = partitions
        self.waitlist = waitlist
    }

    /// - Throws: `Problem`, which changed nothing; `LedgerError`, when the file cannot be written.
    func take(_ command: Command, from caller: Caller, key: CommandKey?) async throws -> AcceptedCommand {
        guard case .create = command, let key, partitions.count > 1 else {
            return try await decide(command, from: caller, key: key)
        }
        // The key may stand in a partition that another process has.
        _ = try partitions.all()
        return try await turnstile.pass(key.scope) {
            if let known = try replay(key) { return known }
            return try await decide(command, from: caller, key: key)
        }
    }

    /// The answer that this key was given before, wherever it was.
    func replay(_ key: CommandKey) throws -> AcceptedCommand? {
        switch try IdempotencyGuard.check(key, in: partitions.services.lazy.map(\.file), now: .now()) {
        case .unused: nil
        case .replay(let accepted): accepted
        case .differentBody: throw Problem.keyReused
        }
    }

    private func decide(_ command: Command, from caller: Caller, key: CommandKey?) async throws -> AcceptedCommand {
        let partition = try partitions.home(of: command.application)
        let caller = CommandCaller(caller)
        var result = try await partition.writer.perform { [rules] transaction in
            try CommandTransaction(command, caller: caller, key: key, rules, transaction)
                .decide(position: .notRequested) { OperationJSON($0).encoded() }
        }
        if case .needsPosition(let volunteer) = result {
            let places = await waitlist.positions(
                of: [volunteer], in: command.application, partition: partition.address.partition)
            result = try await partition.writer.perform { [rules] transaction in
                try CommandTransaction(command, caller: caller, key: key, rules, transaction)
                    .decide(position: .requested(places?[volunteer])) { OperationJSON($0).encoded() }
            }
        }
        switch result {
        case .accepted(let accepted): return accepted
        case .refused(let reason): throw Problem(reason)
        case .keyReused: throw Problem.keyReused
        case .notFound: throw Problem.unknown
        case .needsPosition: throw Problem(.internal, "The place on the list was asked for and is not known.")
        }
    }
}

extension CommandCaller {
    fileprivate init(_ caller: Caller) {
        self.init(
            name: caller.name, access: caller.role == .fund ? .applications(of: caller.id) : .allApplications)
    }
}

extension Problem {
    fileprivate static let keyReused = Problem(
        .idempotencyMismatch, "This Idempotency-Key was used with a different body.")

    /// The answer to a command that changed nothing.
    fileprivate init(_ refusal: RefusalReason) {
        switch refusal {
        case .unknownApplication: self = .unknown
        case .applicationStarted:
            self.init(.applicationStarted, "The application has started and takes no more responses.")
        case .applicationCancelled: self.init(.applicationCancelled, "The application was cancelled.")
        case .differingApplication:
            self.init(.differingApplication, "An application with this id exists with different content.")
        case .reservedForSystem, .reservedForApplicationService, .notForWaitlist, .notForNotifier:
            // No command of the HTTP API is refused for these reasons.
            self.init(.forbidden, "This message is reserved for the system.")
        }
    }
}
