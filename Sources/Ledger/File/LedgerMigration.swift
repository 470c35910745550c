/// A step of a file's schema: SQL that is never edited once it has shipped.
package struct LedgerMigration: Sendable {
    package let name: String
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}
