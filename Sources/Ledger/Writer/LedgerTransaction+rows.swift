package import Contracts
import Foundation
import GRDB

extension LedgerTransaction {
    // MARK: - Foreign messages

    /// Notes a foreign message. False: it was here before, within the retention.
    func isFirst(_ digest: [UInt8]) throws -> Bool {
        let insert = try statement("INSERT INTO seen (digest, at) VALUES (?, ?) ON CONFLICT DO NOTHING")
        try insert.bind(1, digest)
        try insert.bind(2, now.milliseconds)
        return try insert.run() > 0
    }

    /// Keeps a message that cannot be understood or must not be here.
    package func park(_ delivery: StoredDelivery, reason: String) throws {
        try db.cachedStatement(sql: "INSERT INTO parked (at, reason, delivery, body) VALUES (?, ?, ?, ?)")
            .execute(arguments: [
                now.milliseconds, reason, try JSONEncoder().encode(delivery), Data(delivery.body),
            ])
    }

    /// Records a command that changed nothing.
    func refuse(_ inbound: InboundMessage, reason: String) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO refused (at, reason, action, application, volunteer, message_id)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            now.milliseconds, reason, inbound.message.action.rawValue, inbound.message.applicationID?.string,
            inbound.message.volunteerID?.string, inbound.delivery.messageID,
        ])
    }

    // MARK: - Messages that wait in the file

    /// - Parameter due: when it is tried; nil while it waits behind another of its key.
    func hold(_ delivery: StoredDelivery, key: String, reason: String, due: Timestamp?) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO held (key, stream, attempts, due, reason, at, delivery, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            key, delivery.position?.stream.description, due == nil ? 0 : 1, due?.milliseconds ?? Int64.max, reason,
            now.milliseconds, try JSONEncoder().encode(delivery), Data(delivery.body),
        ])
        // Foreign messages have no order to keep: one that fails blocks no other.
        if delivery.position != nil { state.heldKeys[.trusted(key), default: 0] += 1 }
    }

    func dueHeld(limit: Int) throws -> [BlockedMessage] {
        try BlockedMessage.fetch(
            db.cachedStatement(sql: BlockedMessage.select + " WHERE due <= ? ORDER BY due, id LIMIT ?"),
            arguments: [now.milliseconds, limit])
    }

    /// Takes a message off the list of those that wait; the next of its key has its turn.
    func release(_ held: BlockedMessage) throws {
        try db.execute(sql: "DELETE FROM held WHERE id = ?", arguments: [held.id])
        guard held.delivery.position != nil, let count = state.heldKeys[.trusted(held.key)] else { return }
        state.heldKeys[.trusted(held.key)] = count > 1 ? count - 1 : nil
        try db.execute(
            sql: "UPDATE held SET due = ? WHERE id = (SELECT min(id) FROM held WHERE key = ? AND stream IS NOT NULL)",
            arguments: [now.milliseconds, held.key])
    }

    /// Up to five minutes between two attempts (contract section 7).
    func postpone(_ held: BlockedMessage, reason: String) throws {
        let pause = min(Self.longestPause, .seconds(1 << min(held.attempts, 9)))
        try db.execute(
            sql: "UPDATE held SET attempts = attempts + 1, due = ?, reason = ? WHERE id = ?",
            arguments: [now.advanced(by: pause).milliseconds, reason, held.id])
    }

    private static let longestPause: Duration = .seconds(300)

    /// The clock was set back: what waits for a time beyond the longest pause is tried by then.
    func boundWaits() throws {
        let latest = now.advanced(by: Self.longestPause).milliseconds
        try db.execute(sql: "UPDATE held SET due = ?1 WHERE due > ?1 AND due < ?2", arguments: [latest, Int64.max])
    }

    // MARK: - Timers and work

    func takeDueTimers(limit: Int) throws -> [LedgerTimer] {
        guard let due = state.nextDue, due <= now else { return [] }
        let timers = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT kind, key, due FROM timer WHERE due <= ? ORDER BY due LIMIT ?"),
            arguments: [now.milliseconds, limit]
        ).map { LedgerTimer(kind: $0["kind"], key: $0["key"], due: Timestamp(milliseconds: $0["due"])) }
        for timer in timers { try cancelTimer(kind: timer.kind, key: timer.key) }
        return timers
    }

    func nextWork(after last: Int64, limit: Int) throws -> [LedgerJob] {
        let select = "SELECT id, kind, key, cursor, detail FROM work"
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: select + " WHERE id > ? ORDER BY id LIMIT ?"), arguments: [last, limit])
        if rows.count == limit || last == 0 { return rows.map(LedgerJob.init(row:)) }
        let first = try Row.fetchAll(
            db.cachedStatement(sql: select + " WHERE id <= ? ORDER BY id LIMIT ?"),
            arguments: [last, limit - rows.count])
        return (rows + first).map(LedgerJob.init(row:))
    }

    func keep(_ work: LedgerJob, rest: LedgerJob?) throws {
        if let rest {
            if rest != work {
                try db.cachedStatement(sql: "UPDATE work SET cursor = ? WHERE id = ?")
                    .execute(arguments: [rest.cursor, work.id])
            }
        } else {
            try db.cachedStatement(sql: "DELETE FROM work WHERE id = ?").execute(arguments: [work.id])
        }
    }

    func noticeWork() throws {
        state.hasWork = try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM work)")) ?? false
    }

    // MARK: - Streams out

    /// The consumer has applied a stream up to here, so the rows may go when they are old enough. False: it has applied
    /// more than this file ever sent, which is then an older copy of itself.
    func streamApplied(_ applied: StreamApplied) throws -> Bool {
        guard applied.epoch == file.epoch, let stream = state.outStreams[.stream(applied.stream)] else { return true }
        try db.cachedStatement(
            sql: """
                UPDATE stream_out SET applied = max(applied, ?1),
                    stopped_at = CASE WHEN ?1 >= stopped_at THEN NULL ELSE stopped_at END
                WHERE id = ?2
                """
        ).execute(arguments: [min(applied.last, stream.head), stream.id])
        guard applied.last > stream.head else { return true }
        try HighWaterMark.markRestored(db)
        return false
    }

    /// A consumer asked for a stream again from a number that is gone.
    package func streamStopped(_ request: Resend) throws {
        try db.execute(
            sql: "UPDATE stream_out SET stopped_at = ? WHERE name = ?",
            arguments: [request.from, request.stream.description])
    }

    func moveCursors(_ cursors: [Int64: Int64]) throws {
        hasMovedCursors = true
        for (stream, confirmed) in cursors {
            try db.cachedStatement(sql: "UPDATE stream_out SET confirmed = max(confirmed, ?) WHERE id = ?")
                .execute(arguments: [confirmed, stream])
            guard let place = state.outStreams.values.firstIndex(where: { $0.id == stream }) else { continue }
            let known = state.outStreams.values[place].confirmed
            state.outStreams.values[place].confirmed = max(known, confirmed)
        }
    }

    // MARK: - What is too old

    /// Deletes a bounded number of rows past their retention. True: there may be more.
    func prune(_ settings: LedgerSettings) throws -> Bool {
        let rows = settings.maintenanceRows
        let applied = now.milliseconds - settings.outboxRetention.wholeMilliseconds
        var mayHaveMore = false
        for row in try Row.fetchAll(db, sql: "SELECT id, name, applied, confirmed FROM stream_out") {
            let id: Int64 = row["id"]
            let confirmed: Int64 = row["confirmed"]
            let isStream = OutboxStreamName(parsing: row["name"])?.stream != nil
            let done = isStream ? min(confirmed, row["applied"]) : confirmed
            try db.execute(
                // The inner query looks at the oldest rows alone, however many are too young to go.
                sql: """
                    DELETE FROM outbox WHERE stream = ?1 AND seq IN (
                        SELECT seq FROM (
                            SELECT seq, created_at FROM outbox WHERE stream = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?4)
                        WHERE created_at < ?3)
                    """,
                arguments: [id, done, isStream ? applied : Int64.max, rows])
            mayHaveMore = mayHaveMore || db.changesCount == rows
        }
        let seen = now.milliseconds - settings.seenRetention.wholeMilliseconds
        try db.execute(
            sql: "DELETE FROM seen WHERE digest IN (SELECT digest FROM seen WHERE at < ? ORDER BY at LIMIT ?)",
            arguments: [seen, rows])
        mayHaveMore = mayHaveMore || db.changesCount == rows
        let refused = now.milliseconds - settings.refusedRetention.wholeMilliseconds
        try db.execute(
            sql: "DELETE FROM refused WHERE id IN (SELECT id FROM refused WHERE at < ? ORDER BY at LIMIT ?)",
            arguments: [refused, rows])
        return mayHaveMore || db.changesCount == rows
    }
}

extension LedgerJob {
    init(row: Row) {
        self.init(id: row["id"], kind: row["kind"], key: row["key"], cursor: row["cursor"], detail: row["detail"])
    }
}

extension LedgerState {
    /// What the file says when it is opened.
    init(reading db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT name, epoch, last, head FROM stream_in") {
            guard let name = StreamName(parsing: row["name"]) else { continue }
            gates[name] = StreamReceiver(epoch: row["epoch"], last: row["last"], head: row["head"])
        }
        for row in try Row.fetchAll(db, sql: "SELECT id, name, head, confirmed FROM stream_out") {
            guard let name = OutboxStreamName(parsing: row["name"]) else { continue }
            outStreams[name] = OutStream(id: row["id"], head: row["head"], confirmed: row["confirmed"])
        }
        for row in try Row.fetchAll(
            db, sql: "SELECT key, count(*) AS count FROM held WHERE stream IS NOT NULL GROUP BY key")
        {
            heldKeys[.trusted(row["key"])] = row["count"]
        }
        for row in try Row.fetchAll(db, sql: "SELECT name, value FROM counter") {
            let name: String = row["name"]
            if let counter = CounterName.allCases.first(where: { $0.name == name }) { counters[counter] = row["value"] }
        }
        hasWork = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM work)") ?? false
        nextDue = try Self.earliestDue(db)
    }

    static func earliestDue(_ db: Database) throws -> Timestamp? {
        try Int64.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT min(due) FROM (
                        SELECT * FROM (SELECT due FROM timer ORDER BY due LIMIT 1)
                        UNION ALL SELECT * FROM (SELECT due FROM held ORDER BY due LIMIT 1))
                    """)
        ).map { Timestamp(milliseconds: $0) }
    }
}

extension Duration {
    /// Rounded down.
    package var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
