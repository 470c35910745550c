import Contracts
import GRDB

/// Timers and jobs.
extension LedgerTransaction {
    /// Sets or moves a timer.
    package func schedule(_ timer: LedgerTimer) throws {
        try execute(
            """
            INSERT INTO timer (kind, key, due) VALUES (?, ?, ?)
            ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due
            """,
            timer.kind, timer.key, timer.due)
    }

    package func cancelTimer(kind: String, key: String) throws {
        try execute("DELETE FROM timer WHERE kind = ? AND key = ?", kind, key)
    }

    /// Starts a job; its first step runs in a later transaction, or at the end of this one.
    package func start(_ job: LedgerJob) throws {
        try db.cachedStatement(sql: "INSERT INTO work (kind, key, cursor, detail) VALUES (?, ?, ?, ?)")
            .execute(arguments: [job.kind, job.key, job.cursor, job.detail])
        state.hasJobs = true
    }

    /// The unfinished jobs of this kind and key, oldest first.
    package func jobs(kind: String, key: String) throws -> [LedgerJob] {
        guard state.hasJobs else { return [] }
        return try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT id, kind, key, cursor, detail FROM work WHERE kind = ? AND key = ? ORDER BY id"),
            arguments: [kind, key]
        ).map(LedgerJob.init(row:))
    }

    package func cancelJobs(kind: String, key: String) throws {
        guard state.hasJobs else { return }
        try db.cachedStatement(sql: "DELETE FROM work WHERE kind = ? AND key = ?").execute(arguments: [kind, key])
    }

    // MARK: - What the writer does

    /// Deletes and returns the timers that are due, earliest first.
    func takeDueTimers(limit: Int) throws -> [LedgerTimer] {
        let timers = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT kind, key, due FROM timer WHERE due <= ? ORDER BY due LIMIT ?"),
            arguments: [now.milliseconds, limit]
        ).map { LedgerTimer(kind: $0["kind"], key: $0["key"], due: Timestamp(milliseconds: $0["due"])) }
        for timer in timers { try cancelTimer(kind: timer.kind, key: timer.key) }
        return timers
    }

    /// The next jobs in turn: those behind `last`, then from the first one on.
    func nextJobs(after last: Int64, limit: Int) throws -> [LedgerJob] {
        let select = "SELECT id, kind, key, cursor, detail FROM work"
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: select + " WHERE id > ? ORDER BY id LIMIT ?"), arguments: [last, limit])
        if rows.count == limit || last == 0 { return rows.map(LedgerJob.init(row:)) }
        let first = try Row.fetchAll(
            db.cachedStatement(sql: select + " WHERE id <= ? ORDER BY id LIMIT ?"),
            arguments: [last, limit - rows.count])
        return (rows + first).map(LedgerJob.init(row:))
    }

    /// Stores a job after its step; `next` is nil if it is finished.
    func save(_ job: LedgerJob, next: LedgerJob?) throws {
        if let next {
            if next != job {
                try db.cachedStatement(sql: "UPDATE work SET cursor = ? WHERE id = ?")
                    .execute(arguments: [next.cursor, job.id])
            }
        } else {
            try db.cachedStatement(sql: "DELETE FROM work WHERE id = ?").execute(arguments: [job.id])
        }
    }

    func updateHasJobs() throws {
        state.hasJobs = try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM work)")) ?? false
    }
}
