package import GRDB

/// A snapshot of the last commit, read beside the writer.
package struct LedgerSnapshot: StatementSource {
    package let db: Database

    package func statement(_ sql: StaticString) throws -> RawStatement {
        RawStatement(try db.cachedStatement(sql: sql.description))
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
        try await pool.read { try body(LedgerSnapshot(db: $0)) }
    }
}

/// Something that rows can be read from: the writer's transaction, or a snapshot beside it. A store takes one to read;
/// its writing methods belong in an extension constrained to `LedgerTransaction`. Code that only passes a source on
/// needs no `import GRDB`.
package protocol StatementSource {
    var db: Database { get }

    /// The cached statement with this text.
    func statement(_ sql: StaticString) throws -> RawStatement
}

extension StatementSource {
    /// The statement for an assembled text. Each text is cached, so there must be few.
    package func statement(composed sql: String) throws -> RawStatement {
        RawStatement(try db.cachedStatement(sql: sql))
    }
}
