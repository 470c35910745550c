package import GRDB

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
