import Contracts
import GRDB

/// How far a file's streams have got, all their last numbers together. It is noted beside the file, in its lock, so
/// that a file which has got less far than its note is known to be an older copy: restored from a backup.
struct HighWaterMark: Equatable, CustomStringConvertible {
    let epoch: Int64
    let total: Int64

    init(epoch: Int64, total: Int64) {
        self.epoch = epoch
        self.total = total
    }

    /// Reads what ``description`` writes; nil where nothing was noted.
    init?(parsing text: String) {
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Int64($0) }
        guard numbers.count == 2, let epoch = numbers[0], let total = numbers[1] else { return nil }
        self.init(epoch: epoch, total: total)
    }

    var description: String { "\(epoch) \(total)" }

    /// Gives a restored file a new epoch, in which its streams begin again at 1: under the old one consumers would take
    /// what it sends for what they have applied already. What it had not brought to the broker when it was copied goes
    /// out again; what it had brought is gone from it, for nobody can ask for it in the new epoch.
    static func renewedIfRestored(
        _ db: Database, epoch: Int64, highest: HighWaterMark?, now: Timestamp
    ) throws -> (epoch: Int64, total: Int64, wasRestored: Bool) {
        let total = try total(db)
        let isMarked =
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM meta WHERE name = ?)", arguments: [restoredMark]) ?? false
        let isBehind = highest.map { epoch < $0.epoch || (epoch == $0.epoch && total < $0.total) } ?? false
        guard isMarked || isBehind else { return (epoch, total, false) }
        let renewed = max(now.milliseconds, max(epoch, highest?.epoch ?? 0) + 1)
        try db.execute(sql: "UPDATE meta SET value = ? WHERE name = 'epoch'", arguments: [String(renewed)])
        try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [restoredMark])
        // Through negative numbers, for the new ones meet the old ones on their way.
        try db.execute(
            sql: """
                DELETE FROM outbox
                WHERE seq <= (SELECT confirmed FROM stream_out WHERE stream_out.id = outbox.stream);
                UPDATE outbox SET seq = (SELECT confirmed FROM stream_out WHERE stream_out.id = outbox.stream) - seq;
                UPDATE outbox SET seq = -seq;
                UPDATE stream_out SET head = head - confirmed, confirmed = 0, applied = 0, stopped_at = NULL;
                """)
        return (renewed, try self.total(db), true)
    }

    private static func total(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT coalesce(sum(head), 0) FROM stream_out") ?? 0
    }

    /// Notes that a consumer has applied more than the file ever sent: its next opening gives it a new epoch.
    static func markRestored(_ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO meta (name, value) VALUES (?, '1') ON CONFLICT DO NOTHING", arguments: [restoredMark])
    }

    private static let restoredMark = "restored"
}
