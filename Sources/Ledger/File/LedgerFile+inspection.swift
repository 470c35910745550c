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

    /// Whether the consumer of a stream asked for messages that are no longer in the outbox.
    package func hasStoppedStream() throws -> Bool {
        try pointRead { snapshot in
            try snapshot.row(
                "SELECT EXISTS (SELECT 1 FROM stream_out WHERE stopped_at IS NOT NULL)", read: { $0.int64(0) != 0 })
                ?? false
        }
    }

    /// Outgoing streams first, each group in the order of the names.
    package func streams() throws -> [StreamProgress] {
        try pool.read { db in
            let outgoing = try Row.fetchAll(
                db,
                sql: """
                    SELECT name, epoch, head, confirmed, applied, stopped_at, unverified_head IS NULL AS verified
                    FROM stream_out ORDER BY name
                    """)
            let incoming = try Row.fetchAll(db, sql: "SELECT name, epoch, last, head FROM stream_in ORDER BY name")
            return try outgoing.map { row in
                // External consumers do not report what they applied: there the broker's confirm is final.
                let isExternal = try OutboxStreamName(column: row[0]).stream == nil
                return StreamProgress(
                    name: row[0], epoch: row[1],
                    direction: .outgoing(
                        head: row[2], confirmed: row[3], applied: isExternal ? row[3] : row[4], stoppedAt: row[5],
                        isVerified: isExternal || row[6]))
            }
                + incoming.map {
                    StreamProgress(name: $0[0], epoch: $0[1], direction: .incoming(last: $0[2], head: $0[3]))
                }
        }
    }
}
