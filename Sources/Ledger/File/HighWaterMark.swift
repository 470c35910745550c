import Contracts
import GRDB

/// How far a file's streams have advanced: the sum of their heads. It is stored in the lock file beside the database,
/// so that a database that is behind its mark is recognized as an older copy, restored from a backup.
struct HighWaterMark: Equatable, CustomStringConvertible {
    let epoch: Int64
    let total: Int64

    init(epoch: Int64, total: Int64) {
        self.epoch = epoch
        self.total = total
    }

    /// Parses a ``description``; nil if the text is empty (a new lock file) or torn by a crash while it was written.
    init?(parsing text: String) {
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Int64($0) }
        guard numbers.count == 2, let epoch = numbers[0], let total = numbers[1] else { return nil }
        self.init(epoch: epoch, total: total)
    }

    var description: String { "\(epoch) \(total)" }

    /// Gives a restored file a new epoch, in which its streams begin again at 1: in the old epoch consumers would drop
    /// its messages as duplicates. Messages unconfirmed at the time of the copy are sent again; confirmed ones are
    /// deleted, since they cannot be requested in the new epoch.
    static func beginEpochIfRestored(
        _ db: Database, epoch: Int64, highest: HighWaterMark?, now: Timestamp
    ) throws -> (mark: HighWaterMark, wasRestored: Bool) {
        let total = try total(db)
        let isMarked =
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM meta WHERE name = ?)", arguments: [restoredName]) ?? false
        let isBehind = highest.map { epoch < $0.epoch || (epoch == $0.epoch && total < $0.total) } ?? false
        guard isMarked || isBehind else { return (HighWaterMark(epoch: epoch, total: total), false) }
        let newEpoch = max(now.milliseconds, max(epoch, highest?.epoch ?? 0) + 1)
        try db.execute(sql: "UPDATE meta SET value = ? WHERE name = 'epoch'", arguments: [String(newEpoch)])
        try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [restoredName])
        // Renumbered through negative numbers, because the new numbers overlap the old ones.
        try db.execute(
            sql: """
                DELETE FROM outbox
                WHERE seq <= (SELECT confirmed FROM stream_out WHERE stream_out.id = outbox.stream);
                UPDATE outbox SET seq = (SELECT confirmed FROM stream_out WHERE stream_out.id = outbox.stream) - seq;
                UPDATE outbox SET seq = -seq;
                UPDATE stream_out SET head = head - confirmed, confirmed = 0, applied = 0, stopped_at = NULL;
                """)
        return (HighWaterMark(epoch: newEpoch, total: try self.total(db)), true)
    }

    private static func total(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT coalesce(sum(head), 0) FROM stream_out") ?? 0
    }

    /// Records that a consumer has applied more than this file has sent: it gets a new epoch when it is next opened.
    static func markRestored(_ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO meta (name, value) VALUES (?, '1') ON CONFLICT DO NOTHING", arguments: [restoredName])
    }

    private static let restoredName = "restored"
}
