import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

/// Ages of rows while the wall clock is wrong, in both directions and across restarts.
@Suite struct AgeTests {
    private static let day: Duration = .seconds(86_400)
    private static let year: Duration = .seconds(365 * 86_400)
    /// How far off the wall clock is.
    private static let errors: [Duration] = [.zero, year * 10, .zero - year * 50]

    /// A file that several lives of a process open, with a wall clock and a monotonic clock that move apart.
    private struct Lives {
        let folder: TemporaryFolder
        let wall = TestClock(Timestamp.testStart)
        let monotonic = TestClock(Timestamp(milliseconds: 0))
        var settings = LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 3)

        init() throws {
            folder = try TemporaryFolder("ledger")
        }

        func run(_ body: (LedgerFixture) async throws -> Void) async throws {
            // The monotonic clock of another boot of the machine.
            monotonic.now = Timestamp(milliseconds: 5)
            let handler = ScriptedHandler()
            handler.change { $0.refused = ["refused"] }
            try await withLedger(
                in: folder, clock: wall, monotonic: monotonic, openedAt: wall.now, settings: settings,
                handler: handler
            ) { ledger in
                // The clocks of a life begin with its first transaction.
                try await ledger.runOnce()
                try await body(ledger)
            }
        }

        /// Time passes while the process runs; maintenance follows.
        func pass(_ time: Duration, _ ledger: LedgerFixture) async throws {
            wall.advance(time)
            monotonic.advance(time)
            for _ in 1...3 { try await ledger.runOnce() }
        }
    }

    /// Receives a message with an id; whether it is applied, and not taken for a duplicate.
    private func isNew(_ id: String, _ ledger: LedgerFixture) async throws -> Bool {
        let before = try ledger.count("log")
        ledger.writer.submit(try .foreign("v", id: id, ledger.acks))
        try await ledger.runOnce()
        return try ledger.count("log") > before
    }

    @Test(arguments: errors)
    func `a message is a duplicate for 7 days served, while the clock is wrong and after a restart`(
        _ error: Duration
    )
        async throws
    {
        let lives = try Lives()
        try await lives.run { ledger in
            #expect(try await isNew("m", ledger))
            lives.wall.advance(error)
            try await lives.pass(.seconds(120), ledger)
            #expect(try await isNew("m", ledger) == false)
            #expect(try await isNew("while wrong", ledger))
        }
        try await lives.run { ledger in
            try await lives.pass(Self.day, ledger)
            lives.wall.advance(.zero - error)
            try await lives.pass(Self.day * 5, ledger)
            for id in ["m", "while wrong"] { #expect(try await isNew(id, ledger) == false, "\(id)") }
            try await lives.pass(Self.day + .seconds(120), ledger)
            for id in ["m", "while wrong"] { #expect(try await isNew(id, ledger), "\(id)") }
            #expect(try ledger.count("seen") == 2)
        }
    }

    @Test(arguments: errors)
    func `applied messages can be sent again for the retention, and are deleted after it`(
        _ error: Duration
    )
        async throws
    {
        let lives = try Lives()
        try await lives.run { ledger in
            lives.wall.advance(error)
            ledger.writer.submit(try (1...3).map { try .streamed($0, "v\($0)", ledger.acks) })
            try await ledger.runOnce()
            lives.wall.advance(.zero - error)
            let relay = try ledger.relay()
            try await ledger.answerHeads(of: relay) { $0.answer(last: 0) }
            ledger.writer.submit(.confirmed(relay.settled(relay.next(max: 9).map { ($0.publishID, true) })))
            try await ledger.answerHeads(of: ledger.relay()) { $0.answer(last: 3) }
            for _ in 1...9 { try await lives.pass(.seconds(360), ledger) }
            #expect(try ledger.count("outbox") == 3, "not yet an hour")
        }
        lives.wall.advance(error)
        try await lives.run { ledger in
            try await lives.pass(.seconds(480), ledger)
            #expect(try ledger.count("outbox") == 0)
        }
    }

    @Test(arguments: errors) func `refused commands are on record for 30 days served`(_ error: Duration) async throws {
        let lives = try Lives()
        try await lives.run { ledger in
            lives.wall.advance(error)
            ledger.writer.submit(try .foreign("refused", ledger.acks))
            try await ledger.runOnce()
            let at = try ledger.file.refused(after: 0, limit: 9).map(\.at)
            #expect(at == [lives.wall.now], "the operator is shown the clock of then")
            lives.wall.advance(.zero - error)
            try await lives.pass(Self.day * 29, ledger)
            #expect(try ledger.count("refused") == 1)
        }
        try await lives.run { ledger in
            try await lives.pass(Self.day * 2, ledger)
            #expect(try ledger.count("refused") == 0)
        }
    }

    @Test func `parked messages are discarded after RETENTION served, and counted`() async throws {
        for retention in [nil, Self.day * 10] as [Duration?] {
            var lives = try Lives()
            lives.settings = LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 3, retention: retention)
            try await lives.run { ledger in
                ledger.writer.submit(
                    (1...40 as ClosedRange<UInt64>).map { tag in
                        let delivery = StoredDelivery(
                            queue: "q", exchange: "", routingKey: "", messageID: "\(tag)", body: [1])
                        return .unreadable(delivery, reason: "r", AckToken(target: ledger.acks, tag: tag))
                    })
                try await ledger.runOnce()
                lives.wall.advance(Self.year * 10)
                try await lives.pass(.seconds(120), ledger)
                #expect(try ledger.count("parked") == 40, "the clock is wrong")
                try await lives.pass(Self.day * 11, ledger)
                try await lives.pass(.seconds(120), ledger)
                let counters = try ledger.file.counters()
                #expect(try ledger.count("parked") == (retention == nil ? 40 : 0))
                #expect(counters["forgotten_parked", default: 0] == (retention == nil ? 0 : 40))
                #expect(counters["parked"] == (retention == nil ? 40 : 0))
                #expect(counters["accepted"] == 40 && counters["discarded", default: 0] + counters["parked"]! == 40)
            }
        }
    }

    /// The rows of a file as the version before `ledger-4` wrote them.
    private func makeOldFile(in folder: TemporaryFolder, stampedAt wall: Timestamp, rows: Int) async throws {
        let pool = try LedgerFixture.makeOldFile(in: folder, migrations: 3)
        try await pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO meta VALUES ('address', 'application.p00'), ('partitions', '1'), ('epoch', '77');
                    INSERT INTO stream_out (id, name, head, confirmed, applied)
                    VALUES (1, 'application.p00>waitlist.p00', \(rows), \(rows), \(rows));
                    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
                    INSERT INTO outbox (stream, seq, action, exchange, routing_key, traceparent, created_at, body)
                    SELECT 1, i, 'volunteer_response', 'e', 'k', '', \(wall.milliseconds), x'7b7d' FROM n;
                    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
                    INSERT INTO seen SELECT randomblob(16), \(wall.milliseconds) FROM n;
                    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
                    INSERT INTO refused (at, reason, action) SELECT \(wall.milliseconds), 'r', 'a' FROM n;
                    """)
        }
        try pool.close()
    }

    @Test(arguments: [.zero, year * 10] as [Duration])
    func `rows that an earlier version stamped with a clock that was ahead are kept their time, then deleted`(
        _ error: Duration
    ) async throws {
        let lives = try Lives()
        let rows = LedgerFixture.settings.maintenanceRows + 10
        try await makeOldFile(in: lives.folder, stampedAt: lives.wall.now.advanced(by: error), rows: rows)
        try await lives.run { ledger in
            try await lives.pass(.seconds(3500), ledger)
            for table in ["outbox", "seen", "refused"] { #expect(try ledger.count(table) == rows, "\(table)") }
            try await lives.pass(.seconds(300), ledger)
            #expect(try ledger.count("outbox") == 0)
            try await lives.pass(Self.day * 8, ledger)
            #expect(try ledger.count("seen") == 0)
            #expect(try ledger.count("refused") == rows)
            try await lives.pass(Self.day * 23, ledger)
            #expect(try ledger.count("refused") == 0)
        }
    }

    @Test func `the time a process is stopped does not count`() async throws {
        let lives = try Lives()
        try await lives.run { ledger in
            let isFirst = try await isNew("m", ledger)
            #expect(isFirst)
        }
        lives.wall.advance(Self.day * 30)
        try await lives.run { ledger in
            try await lives.pass(.seconds(120), ledger)
            #expect(try await isNew("m", ledger) == false)
        }
    }

    @Test func `after a crash the clocks go on at most a maintenance interval earlier`() async throws {
        let lives = try Lives()
        func served() async throws -> Int64 {
            try await DatabasePool(path: LedgerFile.path(of: LedgerFixture.address, in: lives.folder.path)).read {
                try Int64.fetchOne($0, sql: "SELECT served FROM file_time") ?? 0
            }
        }
        try await lives.run { ledger in
            try await lives.pass(.seconds(600), ledger)
            try await lives.pass(.seconds(59), ledger)
        }
        #expect(try await served() == Timestamp.testStart.advanced(by: .seconds(600)).milliseconds)
        try await lives.run { try await lives.pass(.seconds(60), $0) }
        #expect(try await served() == Timestamp.testStart.advanced(by: .seconds(660)).milliseconds)
    }
}
