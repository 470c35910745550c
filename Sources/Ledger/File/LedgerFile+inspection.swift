import Contracts
import GRDB

/// What an operator can inspect. Reading does not wait for the writer.
extension LedgerFile {
    /// Without bodies, which can be large.
    package func parked(after id: Int64, limit: Int) throws -> [ParkedMessage] {
        try pool.read { db in
            try ParkedMessage.fetch(
                db.cachedStatement(sql: ParkedMessage.selectWithoutBody + " WHERE id > ? ORDER BY id LIMIT ?"),
                arguments: [id, limit])
        }
    }

    /// With its body.
    package func parked(_ id: Int64) throws -> ParkedMessage? {
        try pool.read { db in
            try ParkedMessage.fetch(
                db.cachedStatement(sql: ParkedMessage.select + " WHERE id = ?"), arguments: [id]
            ).first
        }
    }

    /// Without bodies, which can be large.
    package func blocked(after id: Int64, limit: Int) throws -> [BlockedMessage] {
        try pool.read { db in
            try BlockedMessage.fetch(
                db.cachedStatement(sql: BlockedMessage.selectWithoutBody + " WHERE id > ? ORDER BY id LIMIT ?"),
                arguments: [id, limit])
        }
    }

    /// With its body.
    package func blocked(_ id: Int64) throws -> BlockedMessage? {
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

    /// Outgoing streams first, each group in the order of the names.
    package func streams() throws -> [StreamProgress] {
        try pool.read { db in
            let outgoing = try Row.fetchAll(
                db, sql: "SELECT name, head, confirmed, applied, stopped_at FROM stream_out ORDER BY name")
            let incoming = try Row.fetchAll(db, sql: "SELECT name, epoch, last, head FROM stream_in ORDER BY name")
            return try outgoing.map { row in
                // External consumers do not report what they applied: there the broker's confirm is final.
                let isExternal = try OutboxStreamName(column: row[0]).stream == nil
                return StreamProgress(
                    name: row[0], epoch: epoch,
                    direction: .outgoing(
                        head: row[1], confirmed: row[2], applied: isExternal ? row[2] : row[3], stoppedAt: row[4]))
            }
                + incoming.map {
                    StreamProgress(name: $0[0], epoch: $0[1], direction: .incoming(last: $0[2], head: $0[3]))
                }
        }
    }
}
