import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// Executes commands: the effect, the operation and the idempotency record are one transaction in the writer's group
/// commit, and the client is answered after it. It does not need the broker, except to ask for a waiting-list position.
struct CommandExecutor: Sendable {
    private let policy: ApplicationPolicy
    private let partitions: LocalPartitions
    private let waitlist: WaitlistClient
    private let operations: OperationQueries
    private let replays: ReplayFinder
    private let callbacks: CallbackURLCheck
    private let events: OperationEvents
    private let creates = KeyedLock()

    init(
        policy: ApplicationPolicy, partitions: LocalPartitions, waitlist: WaitlistClient, operations: OperationQueries,
        replays: ReplayFinder, callbacks: CallbackURLCheck, events: OperationEvents
    ) {
        self.policy = policy
        self.partitions = partitions
        self.waitlist = waitlist
        self.operations = operations
        self.replays = replays
        self.callbacks = callbacks
        self.events = events
    }

    /// - Parameter callback: where the client wants to be told of the end; nil if it only polls.
    /// - Throws: a `Problem` if the command changed nothing; a `LedgerError` if the file cannot be written.
    func execute(
        _ command: Command, callback: String?, in context: APIRequestContext
    ) async throws -> AcceptedCommand {
        var accepted = try await accept(command, callback, in: context)
        // A replay that another process has found is answered as it is stored there.
        guard let wait = context.wait, accepted.operation.partition.flatMap({ partitions.service(of: $0) }) != nil
        else {
            return accepted
        }
        let found = try await operations.operation(
            accepted.operation, waiting: wait, caller: context.caller.limitedName, isVisible: { _ in true })
        if let found, found.mayWait {
            accepted.body = OperationJSON(found.operation).encoded()
            accepted.appliedWait = wait
        }
        return accepted
    }

    private func accept(
        _ command: Command, _ callback: String?, in context: APIRequestContext
    ) async throws -> AcceptedCommand {
        guard case .create = command, let key = context.commandKey, partitions.count > 1 else {
            return try await transact(command, callback, in: context)
        }
        return try await creates.withLock(key.scope) {
            if let replay = try await replays.replay(key, of: context.caller) { return replay }
            return try await transact(command, callback, in: context)
        }
    }

    /// - Parameter ifMatch: the values of `If-Match`. Without any, the writer need not make the application's tag.
    private static func precondition(
        _ ifMatch: [String]
    ) -> (@Sendable (VolunteerApplication, Timestamp) -> Bool)? {
        guard !ifMatch.isEmpty else { return nil }
        return { ApplicationJSON(application: $0, now: $1).tag.satisfiesIfMatch(ifMatch) }
    }

    private func transact(
        _ command: Command, _ callback: String?, in context: APIRequestContext
    ) async throws -> AcceptedCommand {
        let partition = try partitions.partition(for: command.application)
        if let callback {
            // The answer to a replay does not depend on what the name of the host means now.
            if let key = context.commandKey, let replay = try ReplayFinder.replay(key, in: [partition.file]) {
                return replay
            }
            try await callbacks.check(callback, at: "/callback/url")
        }
        let caller = CommandCaller(context.caller)
        let key = context.commandKey
        let precondition = Self.precondition(context.ifMatch)
        func decide(_ position: CommandTransaction.Position) async throws -> CommandResult {
            try await partition.writer.perform(traceparent: context.traceparent) { [policy, events] transaction in
                try CommandTransaction(
                    command, caller: caller, key: key, precondition: precondition, callback: callback, policy,
                    transaction, events
                ).decide(position: position) { OperationJSON($0).encoded() }
            }
        }
        var result = try await decide(.notRequested)
        if case .needsPosition(let volunteer) = result {
            let positions = await waitlist.positions(
                of: [volunteer], in: command.application, partition: partition.address.partition)
            result = try await decide(.requested(positions?[volunteer]))
        }
        switch result {
        case .accepted(let accepted): return accepted
        case .refused(let reason, let wait): throw Problem(reason, retryAfter: wait)
        case .keyReused: throw Problem.idempotencyMismatch
        case .notFound: throw Problem.notFound
        case .preconditionFailed:
            throw Problem(.preconditionFailed, "The application has changed: If-Match names another version of it.")
        case .needsPosition: throw Problem(.internal, "The position was requested twice.")
        }
    }
}

extension CommandCaller {
    fileprivate init(_ caller: Caller) {
        self.init(
            name: caller.name, access: caller.role == .fund ? .applications(of: caller.id) : .allApplications,
            volunteer: caller.role == .volunteer ? caller.id : nil)
    }
}
