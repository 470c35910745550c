package import GRDB

/// A snapshot of the last commit, read beside the writer.
package struct LedgerSnapshot: StatementSource {
    package let db: Database
    package let statements: StatementCache

    init(_ db: Database) {
        self.db = db
        statements = StatementCache(db)
    }
}
