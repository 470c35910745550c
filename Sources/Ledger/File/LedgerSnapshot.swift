package import GRDB
import Synchronization

/// A snapshot of the last commit, read beside the writer.
package struct LedgerSnapshot: StatementSource {
    package let db: Database
    package let statements: StatementCache

    init(_ db: Database) {
        self.db = db
        statements = StatementCache(db)
    }
}

extension LedgerFile {
    /// Reads a few rows by key on the calling thread: it takes microseconds and never waits for the writer, whereas
    /// the two thread switches of an asynchronous read cost several times as much.
    package func pointRead<Value>(_ body: (LedgerSnapshot) throws -> Value) throws -> Value {
        try readers.read(body)
    }

    /// Reads many rows, on a thread that may block.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerSnapshot) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { [ownership] db in
                let snapshot = LedgerSnapshot(db)
                try ownership.check(in: snapshot)
                return try body(snapshot)
            }
        } catch {
            throw readers.isClosed ? LedgerError(.stopped, "the file is closed") : error
        }
    }
}

/// Read-only connections for point reads, one per concurrent reader. Leasing a connection from `DatabasePool` and
/// observing its transaction costs several times as much as such a query: without it the HTTP API answers 10,025
/// instead of 6,636 polls per second.
final class ReaderPool: Sendable {
    private let path: String
    private let ownership: FileOwnership
    /// Nil once closed.
    private let idle = Mutex<[DatabaseQueue]?>([])

    init(path: String, ownership: FileOwnership) {
        self.path = path
        self.ownership = ownership
    }

    var isClosed: Bool { idle.withLock { $0 == nil } }

    func read<Value>(_ body: (LedgerSnapshot) throws -> Value) throws -> Value {
        let queue = try connection()
        defer { release(queue) }
        return try queue.unsafeRead { db in
            let snapshot = LedgerSnapshot(db)
            let commit = try snapshot.statements.statement("COMMIT")
            try snapshot.statements.statement("BEGIN").runTransactionStatement()
            // The end of a transaction that only reads does not fail.
            defer { try? commit.runTransactionStatement() }
            try ownership.check(in: snapshot)
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

    private func release(_ queue: DatabaseQueue) {
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
        // They only read: a failure to close loses nothing.
        for queue in all { try? queue.close() }
    }
}
