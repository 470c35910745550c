import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

/// Files that earlier versions wrote.
@Suite struct MigrationTests {
    /// Makes a file with the schema before `ledger-2`, in which a message that failed and one behind it are blocked.
    private func makeOldFile(in folder: TemporaryFolder) async throws {
        let pool = try LedgerFixture.makeOldFile(in: folder, migrations: 1)
        try await pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO meta VALUES ('address', 'application.p00'), ('partitions', '1'), ('epoch', '77');
                    INSERT INTO meta VALUES ('restored', '1');
                    INSERT INTO stream_in VALUES ('\(LedgerFixture.stream)', 1, 2, 2);
                    INSERT INTO stream_out VALUES (1, '\(LedgerFixture.outgoing)', 3, 2, 1, NULL);
                    INSERT INTO counter VALUES ('accepted', 2), ('held', 2), ('gaps', 5);
                    """)
            for (seq, due) in [(Int64(1), Int64(1000)), (2, .max)] {
                var delivery = StoredDelivery.response("v\(seq)")
                delivery.position = StreamPosition(stream: LedgerFixture.stream, epoch: 1, seq: seq)
                try db.execute(
                    sql: """
                        INSERT INTO held (key, stream, attempts, due, reason, at, delivery, body)
                        VALUES ('7', ?, 1, ?, 'r', 1000, ?, ?)
                        """,
                    arguments: [
                        LedgerFixture.stream.description, due, try JSONEncoder().encode(delivery), Data(delivery.body),
                    ])
            }
        }
        try pool.close()
    }

    @Test func `a file in which blocked messages are in the table held opens, and they are retried in order`()
        async throws
    {
        let folder = try TemporaryFolder("ledger")
        try await makeOldFile(in: folder)
        do {
            let file = try LedgerFixture.open(folder)
            #expect(try file.blocked(after: 0, limit: 9).map(\.due) == [Timestamp(milliseconds: 1000), nil])
            #expect(try file.counters() == ["accepted": 2, "blocked": 2, "gaps": 5])
            #expect(try file.statistics(at: Timestamp(milliseconds: 1)).blocked == 2)
            file.close()
        }
        try await withLedger(in: folder) { ledger in
            try await ledger.runOnce()
            try await ledger.runOnce()
            #expect(try ledger.log == ["v1", "v2"])
            #expect(try ledger.count("blocked") == 0)
            #expect(try ledger.file.statistics(at: Timestamp(milliseconds: 1)).blocked == 0)
            #expect(try ledger.file.counters() == ["accepted": 2, "applied": 2, "blocked": 2, "gaps": 5])
        }
    }

    @Test func `a file with one epoch for all streams opens, and its streams are asked with it`() async throws {
        let folder = try TemporaryFolder("ledger")
        try await makeOldFile(in: folder)
        try await withLedger(in: folder) { ledger in
            try await ledger.runOnce()
            let relay = try ledger.relay()
            let head = try #require(relay.nextHeads(max: 9).first?.head)
            #expect(head.stream == LedgerFixture.outgoing && head.epoch == 77 && head.head == 2)
            let isMarked = try await ledger.file.pool.read { db in
                try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'restored')")
            }
            #expect(isMarked == false)
        }
    }

    @Test func `ids of blocked messages are not used again after the table was renamed`() async throws {
        let folder = try TemporaryFolder("ledger")
        try await makeOldFile(in: folder)
        try await withLedger(in: folder) { ledger in
            ledger.handler.change { $0.failing = ["v3"] }
            try await ledger.runOnce()
            ledger.writer.submit(try .streamed(3, "v3", ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.file.blocked(after: 0, limit: 9).map(\.id) == [3])
        }
    }

    @Test(arguments: [
        "INSERT INTO stream_in (name, epoch, last, head) VALUES ('?', 1, 1, 1)",
        "INSERT INTO stream_out (name) VALUES ('?')",
    ])
    func `a file with an invalid stream name is refused`(sql: String) async throws {
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder)
        defer { file.close() }
        try await file.pool.write { try $0.execute(sql: sql) }
        let error = #expect(throws: LedgerError.self) {
            try LedgerWriter(
                file: file, handler: ScriptedHandler(), settings: LedgerFixture.settings,
                environment: LedgerFixture.environment(TestClock(.testStart)), logger: .quiet)
        }
        #expect(error?.code == .corrupt)
    }
}
