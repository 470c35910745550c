import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// Takes commands: the effect, the operation and the idempotency record are one transaction, in the group commit with
/// everything else, and only then is the client answered. It goes on while the broker is away.
struct CommandDesk: Sendable {
    private let rules: Gatekeeper.HouseRules
    private let partitions: OwnedPartitions
    private let waitlist: WaitlistClient
    private let turnstile = Turnstile()

    init(rules: Gatekeeper.HouseRules, partitions: OwnedPartitions, waitlist: WaitlistClient) {
        self.rules = rules
        self.partitions = partitions
        self.waitlist = waitlist
    }

    /// What the client gets: the operation as JSON.
    struct Receipt: Sendable, Hashable {
        let operation: OperationID
        let body: [UInt8]
        let isReplay: Bool
    }

    /// - Throws: `Problem`, which changed nothing; `LedgerError`, when the file cannot be written.
    func take(_ command: Command, from caller: Caller, key: CommandKey?) async throws -> Receipt {
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
    func replay(_ key: CommandKey) throws -> Receipt? {
        let now = Timestamp.now()
        for partition in partitions.services {
            let known = try partition.file.glance { try OperationRows(source: $0).remembered(key, now: now) }
            if let known { return try Receipt(known) }
        }
        return nil
    }

    private func decide(_ command: Command, from caller: Caller, key: CommandKey?) async throws -> Receipt {
        let partition = try partitions.home(of: command.application)
        var verdict = try await partition.writer.perform { [rules] transaction in
            try Decision(command, caller: caller, key: key, rules, transaction).make(position: .unasked)
        }
        if case .needsPosition(let volunteer) = verdict {
            let places = await waitlist.positions(
                of: [volunteer], in: command.application, partition: partition.address.partition)
            verdict = try await partition.writer.perform { [rules] transaction in
                try Decision(command, caller: caller, key: key, rules, transaction).make(
                    position: .asked(places?[volunteer]))
            }
        }
        switch verdict {
        case .taken(let receipt): return receipt
        case .refused(let problem): throw problem
        case .needsPosition: throw Problem(.internal, "The place on the list was asked for and is not known.")
        }
    }
}

extension CommandDesk.Receipt {
    /// The same key must come with the same body.
    init(_ known: OperationRows.Remembered) throws(Problem) {
        guard known.isSameBody else {
            throw Problem(.idempotencyMismatch, "This Idempotency-Key came before, with another body.")
        }
        self.init(operation: known.operation, body: known.answer, isReplay: true)
    }
}
