import GRDB
import Synchronization

/// Read-only connections for glances, as many as threads have looked at the same time. What the pool of the other reads
/// does around a query, to hand out a connection and to watch its transaction, costs several times such a query.
final class ReaderPool: Sendable {
    private let path: String
    /// Nil once closed.
    private let idle = Mutex<[DatabaseQueue]?>([])

    init(path: String) {
        self.path = path
    }

    func pointRead<Value>(_ body: (LedgerSnapshot) throws -> Value) throws -> Value {
        let queue = try connection()
        defer { giveBack(queue) }
        return try queue.unsafeRead { db in
            let snapshot = LedgerSnapshot(db: db)
            let end = try snapshot.statement("COMMIT")
            try snapshot.statement("BEGIN").bracket()
            // The end of a transaction that only reads does not fail.
            defer { try? end.bracket() }
            return try body(snapshot)
        }
    }

    private func connection() throws -> DatabaseQueue {
        let known = try idle.withLock { idle in
            guard idle != nil else { throw LedgerError(.stopped, "the file is closed") }
            return idle?.popLast()
        }
        if let known { return known }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private func giveBack(_ queue: DatabaseQueue) {
        let isOpen = idle.withLock { idle in
            idle?.append(queue)
            return idle != nil
        }
        if !isOpen { try? queue.close() }
    }

    func close() {
        let all = idle.withLock { idle in
            defer { idle = nil }
            return idle ?? []
        }
        for queue in all { try? queue.close() }
    }
}
