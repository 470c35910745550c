import Contracts
import GRDB

/// What an operator can look at. Reading needs no turn with the writer.
extension LedgerFile {
    package func parked(after id: Int64, limit: Int) throws -> [ParkedMessage] {
        try pool.read { try ParkedMessage.fetch($0, after: id, limit: limit, withBodies: false) }
    }

    /// With its body.
    package func parked(_ id: Int64) throws -> ParkedMessage? {
        let next = try pool.read { try ParkedMessage.fetch($0, after: id - 1, limit: 1, withBodies: true) }
        return next.first { $0.id == id }
    }

    package func held(after id: Int64, limit: Int) throws -> [BlockedMessage] {
        try pool.read { db in
            try BlockedMessage.fetch(
                db.cachedStatement(sql: BlockedMessage.selectWithoutBody + " WHERE id > ? ORDER BY id LIMIT ?"),
                arguments: [id, limit])
        }
    }

    /// With its body.
    package func held(_ id: Int64) throws -> BlockedMessage? {
        try pool.read { db in
            try BlockedMessage.fetch(
                db.cachedStatement(sql: BlockedMessage.select + " WHERE id = ?"), arguments: [id]
            ).first
        }
    }

    package func refused(after id: Int64, limit: Int) throws -> [RefusedCommand] {
        try pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, at, reason, action, application, volunteer, message_id FROM refused
                    WHERE id > ? ORDER BY id LIMIT ?
                    """,
                arguments: [id, limit]
            ).map { row in
                RefusedCommand(
                    id: row[0], at: Timestamp(milliseconds: row[1]), reason: row[2], action: row[3],
                    application: row[4], volunteer: row[5], messageID: row[6])
            }
        }
    }

    package func streams() throws -> [StreamStanding] {
        try pool.read { db in
            let out = try Row.fetchAll(
                db, sql: "SELECT name, head, confirmed, applied, stopped_at FROM stream_out ORDER BY name")
            let into = try Row.fetchAll(db, sql: "SELECT name, epoch, last, head FROM stream_in ORDER BY name")
            return out.map { row in
                // Nobody in the world says what was applied: there the broker has the last word.
                let leadsOut = OutboxStreamName(parsing: row[0])?.stream == nil
                return StreamStanding(
                    name: row[0], epoch: epoch,
                    direction: .out(
                        head: row[1], confirmed: row[2], applied: leadsOut ? row[2] : row[3], stoppedAt: row[4]))
            }
                + into.map { StreamStanding(name: $0[0], epoch: $0[1], direction: .into(last: $0[2], head: $0[3])) }
        }
    }

    /// The durable counters by name.
    package func counters() throws -> [String: Int64] {
        try pool.read { db in
            Dictionary(
                uniqueKeysWithValues: try Row.fetchAll(db, sql: "SELECT name, value FROM counter").map {
                    ($0[0] as String, $0[1] as Int64)
                })
        }
    }
}
