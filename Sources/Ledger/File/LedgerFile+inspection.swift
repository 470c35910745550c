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

    /// The names of the streams whose producers have not sent all of their state yet.
    package func resyncingStreams() throws -> [String] {
        try pointRead { snapshot in
            try snapshot.rows("SELECT name FROM stream_in WHERE is_resyncing ORDER BY name", read: { $0.text(0) })
        }
    }

    /// Outgoing streams first, each group in the order of the names.
    package func streams() throws -> [StreamProgress] {
        try pool.read { db in
            let outgoing = try Row.fetchAll(
                db,
                sql: """
                    SELECT name, epoch, head, confirmed, applied, unverified_head IS NULL AS verified,
                        (SELECT cursor FROM work WHERE kind = ? AND name LIKE '%>' || key) AS resync_cursor
                    FROM stream_out ORDER BY name
                    """,
                arguments: [LedgerJob.resyncKind])
            let incoming = try Row.fetchAll(
                db, sql: "SELECT name, epoch, last, head, is_resyncing FROM stream_in ORDER BY name")
            return try outgoing.map { row in
                // External consumers do not report what they applied: there the broker's confirm is final.
                let isExternal = try OutboxStreamName(column: row[0]).stream == nil
                return StreamProgress(
                    name: row[0], epoch: row[1],
                    direction: .outgoing(
                        head: row[2], confirmed: row[3], applied: isExternal ? row[3] : row[4],
                        isVerified: isExternal || row[5],
                        resync: (row[6] as String?).map {
                            ResyncProgress(cursor: $0) ?? ResyncProgress(sent: 0, last: 0)
                        }))
            }
                + incoming.map {
                    StreamProgress(
                        name: $0[0], epoch: $0[1],
                        direction: .incoming(last: $0[2], head: $0[3], isResyncing: $0[4]))
                }
        }
    }
}
