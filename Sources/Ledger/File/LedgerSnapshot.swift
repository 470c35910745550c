package import GRDB

/// Where rows are read: in the writer's transaction, or from a snapshot beside it.
package protocol StatementSource {
    var db: Database { get }

    /// The statement with this text, kept for the next time.
    func statement(_ sql: StaticString) throws -> RawStatement
}

extension StatementSource {
    /// For a text that is put together; of those there must be few, for each is kept.
    package func statement(composed sql: String) throws -> RawStatement {
        RawStatement(try db.cachedStatement(sql: sql))
    }
}

/// The last commit, read beside the writer.
package struct LedgerSnapshot: StatementSource {
    package let db: Database

    package func statement(_ sql: StaticString) throws -> RawStatement {
        try statement(composed: sql.description)
    }
}

extension LedgerFile {
    /// A row or two by their keys, on the thread that asks: that takes microseconds and waits for no writer, whereas
    /// the two changes of threads of an asynchronous read cost several times as much.
    package func pointRead<Value>(_ body: (LedgerSnapshot) throws -> Value) throws -> Value {
        try glances.pointRead(body)
    }

    /// Many rows, on a thread that may block.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerSnapshot) throws -> Value
    ) async throws -> Value {
        try await pool.read { try body(LedgerSnapshot(db: $0)) }
    }
}
