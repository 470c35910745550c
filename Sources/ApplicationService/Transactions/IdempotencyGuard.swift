import ApplicationDomain
import Contracts
import Ledger

/// Finds out whether an Idempotency-Key has been used before: the same key with the same body gets the same answer
/// (contract section 8). It is asked in three places, and each is necessary:
///
/// - The rate limit asks it, because replays are exempt.
/// - `CommandExecutor` asks it for a create, while it holds a lock on the key. The application's id decides in which
///   partition the record of the key is, so all partitions in which it can be are searched.
/// - `CommandTransaction` asks it again. Only in the writer's transaction can no other command with the key be
///   committed between the question and the decision.
enum IdempotencyGuard {
    enum Finding: Sendable, Hashable {
        case unused
        case replay(AcceptedCommand)
        /// The key came with a different body before.
        case differentBody
    }

    static func check(_ key: CommandKey, in source: some StatementSource, now: Timestamp) throws -> Finding {
        guard let answer = try OperationStore(source).answer(to: key, now: now) else { return .unused }
        guard answer.isSameCommand else { return .differentBody }
        return .replay(AcceptedCommand(operation: OperationID(trusted: answer.id), body: answer.body, isReplay: true))
    }

    /// Searches the files of several partitions.
    static func check(_ key: CommandKey, in files: some Sequence<LedgerFile>, now: Timestamp) throws -> Finding {
        for file in files {
            let finding = try file.pointRead { try check(key, in: $0, now: now) }
            if finding != .unused { return finding }
        }
        return .unused
    }
}
