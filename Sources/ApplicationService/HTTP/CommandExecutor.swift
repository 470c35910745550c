import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// Takes commands: the effect, the operation and the idempotency record are one transaction, in the group commit with
/// everything else, and only then is the client answered. It goes on while the broker is away.
struct CommandExecutor: Sendable {
    private let rules: SpotTransaction.ApplicationPolicy
    private let partitions: LocalPartitions
    private let waitlist: WaitlistClient
    private let turnstile = KeyedLock()

    init(rules: SpotTransaction.ApplicationPolicy, partitions: LocalPartitions, waitlist: WaitlistClient) {
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
        let now = Timestamp.now()
        for partition in partitions.services {
            let known = try partition.file.pointRead { try OperationRows(source: $0).remembered(key, now: now) }
            if let known { return try AcceptedCommand(known) }
        }
        return nil
    }

    private func decide(_ command: Command, from caller: Caller, key: CommandKey?) async throws -> AcceptedCommand {
        let partition = try partitions.home(of: command.application)
        var verdict = try await partition.writer.perform { [rules] transaction in
            try CommandTransaction(command, caller: caller, key: key, rules, transaction).make(position: .unasked)
        }
        if case .needsPosition(let volunteer) = verdict {
            let places = await waitlist.positions(
                of: [volunteer], in: command.application, partition: partition.address.partition)
            verdict = try await partition.writer.perform { [rules] transaction in
                try CommandTransaction(command, caller: caller, key: key, rules, transaction).make(
                    position: .asked(places?[volunteer]))
            }
        }
        switch verdict {
        case .taken(let accepted): return accepted
        case .refused(let problem): throw problem
        case .needsPosition: throw Problem(.internal, "The place on the list was asked for and is not known.")
        }
    }
}
