import GRDB
import Ledger
import TestSupport
import Testing

@Suite struct RawStatementTests {
    private static let note = LedgerMigration(
        "test-note", "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, size INTEGER);")

    private func withSnapshot(_ body: (LedgerSnapshot) throws -> Void) throws {
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder, migrations: [Self.note])
        defer { file.close() }
        try file.pool.write { try $0.execute(sql: "INSERT INTO note VALUES (1, 'a', NULL), (2, '', 7)") }
        try file.pointRead(body)
    }

    @Test func `values are bound in order, and rows are read in order`() throws {
        try withSnapshot { snapshot in
            let rows = try snapshot.rows("SELECT text, size FROM note WHERE id >= ? AND id < ? ORDER BY id", 1, 9) {
                "\($0.text(0)) \($0.isNull(1) ? "-" : "\($0.int(1))")"
            }
            #expect(rows == ["a -", " 7"])
        }
    }

    @Test func `nil is bound as NULL, and an empty text is not`() throws {
        try withSnapshot { snapshot in
            let nothing: String? = nil
            let isNull = try [
                snapshot.row("SELECT ? IS NULL", nothing) { $0.bool(0) },
                snapshot.row("SELECT ? IS NULL", "") { $0.bool(0) },
                snapshot.row("SELECT ? IS NULL", [UInt8]()) { $0.bool(0) },
            ]
            #expect(isNull == [true, false, false])
        }
    }

    @Test func `a query without rows gives nil`() throws {
        try withSnapshot { snapshot in
            let text = try snapshot.row("SELECT text FROM note WHERE id = ?", 3) { $0.text(0) }
            #expect(text == nil)
        }
    }

    @Test func `more or fewer values than parameters are an error, also when the statement has run before`() throws {
        try withSnapshot { snapshot in
            for count in 1...2 {
                #expect(throws: DatabaseError.self, "run \(count)") {
                    try snapshot.row("SELECT ? + ?", 1) { $0.int(0) }
                }
                #expect(throws: DatabaseError.self, "run \(count)") {
                    try snapshot.row("SELECT ? - ?", 1, 2, 3) { $0.int(0) }
                }
            }
        }
    }

    @Test func `a row with other columns than its reader expects is an error`() throws {
        try withSnapshot { snapshot in
            #expect(throws: DatabaseError.self) {
                try snapshot.rows("SELECT id, text FROM note") { try $0.require(columns: 3) }
            }
            _ = try snapshot.rows("SELECT id, text FROM note") { try $0.require(columns: 2) }
        }
    }
}
