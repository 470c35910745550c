package import Contracts
import GRDB

extension LedgerFile {
    /// Reads a few rows, however many the file has.
    package func statistics(at now: Timestamp) throws -> LedgerStatistics {
        try pool.read { db in
            // CROSS JOIN keeps SQLite from scanning the outbox: it takes the few streams first, whatever it estimates.
            let oldest = try Int64.fetchOne(
                db,
                sql: """
                    SELECT min(created_at) FROM stream_out
                    CROSS JOIN outbox ON outbox.stream = stream_out.id
                        AND outbox.seq = stream_out.base + stream_out.confirmed + 1
                    """)
            let rowCounts = try Self.counts(db, sql: "SELECT name, rows FROM row_count")
            return LedgerStatistics(
                parked: rowCounts["parked", default: 0], blocked: rowCounts["blocked", default: 0],
                refused: rowCounts["refused", default: 0],
                timersDue: try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM timer WHERE due <= ?", arguments: [now.milliseconds]) ?? 0,
                jobs: rowCounts["work", default: 0],
                resyncingStreams: try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM stream_in WHERE is_resyncing") ?? 0,
                counters: try Self.counters(db),
                oldestUnconfirmed: oldest.map { Timestamp(milliseconds: $0) })
        }
    }

    /// The durable counters by name.
    package func counters() throws -> [String: Int64] {
        try pool.read { try Self.counters($0) }
    }

    private static func counters(_ db: Database) throws -> [String: Int64] {
        try counts(db, sql: "SELECT name, value FROM counter").mapValues { Int64($0) }
    }

    /// - Parameter sql: selects names and numbers.
    private static func counts(_ db: Database, sql: String) throws -> [String: Int] {
        Dictionary(
            uniqueKeysWithValues: try Row.fetchAll(db, sql: sql).map { ($0[0] as String, $0[1] as Int) })
    }
}
