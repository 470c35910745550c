package import Contracts
import GRDB

/// What a scrape asks of a file.
package struct LedgerStatistics: Sendable {
    package let parked: Int
    package let held: Int
    package let refused: Int
    package let gaps: Int
    package let offers: Int
    package let notified: Int
    package let reminded: Int
    package let missed: Int
    /// Timers whose time has come and that have not fired yet.
    package let timersDue: Int
    package let work: Int
    package let stopped: Int
    let oldestUnconfirmed: Timestamp?

    /// In seconds; 0 when nothing is unconfirmed.
    package func outboxAge(at now: Timestamp) -> Double {
        oldestUnconfirmed.map { Double(max(0, now.milliseconds - $0.milliseconds)) / 1000 } ?? 0
    }
}

extension LedgerFile {
    package func statistics(at now: Timestamp) throws -> LedgerStatistics {
        try pool.read { db in
            func count(_ table: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
            func counter(_ name: CounterName) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT value FROM counter WHERE name = ?", arguments: [name.name]) ?? 0
            }
            let oldest = try Int64.fetchOne(
                db,
                sql: """
                    SELECT min(created_at) FROM stream_out
                    JOIN outbox ON outbox.stream = stream_out.id AND outbox.seq = stream_out.confirmed + 1
                    """)
            return LedgerStatistics(
                parked: try count("parked"), held: try count("held"), refused: try count("refused"),
                gaps: try counter(.gaps), offers: try counter(.offers), notified: try counter(.notified),
                reminded: try counter(.reminded), missed: try counter(.missed),
                timersDue: try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM timer WHERE due <= ?", arguments: [now.milliseconds]) ?? 0,
                work: try count("work"),
                stopped: try count("stream_out WHERE stopped_at IS NOT NULL"),
                oldestUnconfirmed: oldest.map { Timestamp(milliseconds: $0) })
        }
    }
}
