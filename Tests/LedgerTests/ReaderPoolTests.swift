import Contracts
import GRDB
import Ledger
import TestSupport
import Testing

@Suite struct ReaderPoolTests {
    private static let pair = LedgerMigration(
        "test-pair",
        """
        CREATE TABLE pair (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
        INSERT INTO pair VALUES ('a', 0), ('b', 0);
        """)

    private func value(_ name: String, in snapshot: LedgerSnapshot) throws -> Int {
        try #require(snapshot.row("SELECT value FROM pair WHERE name = ?", name) { $0.int(0) })
    }

    @Test func `a point read sees one commit, even while others happen`() async throws {
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder, migrations: [Self.pair])
        defer { file.close() }
        try await withThrowingTaskGroup { group in
            group.addTask {
                for number in 1...200 {
                    try await file.pool.write { db in
                        try db.execute(sql: "UPDATE pair SET value = ?", arguments: [number])
                    }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    var last = 0
                    while last < 200 {
                        let (first, second) = try file.pointRead { snapshot in
                            (try value("a", in: snapshot), try value("b", in: snapshot))
                        }
                        #expect(first == second)
                        #expect(first >= last)
                        last = first
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `after a failed point read the next one sees the latest commit`() async throws {
        struct Failure: Error {}
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder, migrations: [Self.pair])
        defer { file.close() }
        #expect(throws: Failure.self) {
            try file.pointRead { snapshot in
                _ = try value("a", in: snapshot)
                throw Failure()
            }
        }
        try await file.pool.write { try $0.execute(sql: "UPDATE pair SET value = 7") }
        #expect(try file.pointRead { try value("a", in: $0) } == 7)
    }

    @Test func `a point read cannot write`() throws {
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder, migrations: [Self.pair])
        defer { file.close() }
        #expect(throws: DatabaseError.self) {
            try file.pointRead { _ = try $0.execute("UPDATE pair SET value = 1") }
        }
        #expect(try file.pointRead { try value("a", in: $0) } == 0)
    }

    @Test func `a closed file cannot be read`() throws {
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder, migrations: [Self.pair])
        _ = try file.pointRead { try value("a", in: $0) }
        file.close()
        #expect(throws: LedgerError.self) { try file.pointRead { try value("a", in: $0) } }
    }
}
