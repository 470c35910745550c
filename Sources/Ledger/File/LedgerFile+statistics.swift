package import Contracts
import GRDB

extension LedgerFile {
    package func statistics(at now: Timestamp) throws -> LedgerStatistics {
        try pool.read { db in
            func count(_ table: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
            let oldest = try Int64.fetchOne(
                db,
                sql: """
                    SELECT min(created_at) FROM stream_out
                    JOIN outbox ON outbox.stream = stream_out.id AND outbox.seq = stream_out.confirmed + 1
                    """)
            return LedgerStatistics(
                parked: try count("parked"), blocked: try count("blocked"), refused: try count("refused"),
                timersDue: try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM timer WHERE due <= ?", arguments: [now.milliseconds]) ?? 0,
                jobs: try count("work"),
                stoppedStreams: try count("stream_out WHERE stopped_at IS NOT NULL"),
                counters: try Self.counters(db),
                oldestUnconfirmed: oldest.map { Timestamp(milliseconds: $0) })
        }
    }

    /// The durable counters by name.
    package func counters() throws -> [String: Int64] {
        try pool.read { try Self.counters($0) }
    }

    private static func counters(_ db: Database) throws -> [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: try Row.fetchAll(db, sql: "SELECT name, value FROM counter").map {
                ($0[0] as String, $0[1] as Int64)
            })
    }
}
