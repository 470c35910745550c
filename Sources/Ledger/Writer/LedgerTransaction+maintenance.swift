import Contracts
import GRDB

/// Ages are measured by the time served, whatever the wall clock shows (``FileTime``).
extension LedgerTransaction {
    /// Has the handler reconsider at the end of this transaction, as at the start of the process.
    package func reconsider() {
        state.lastTransactionAt = nil
    }

    /// Deletes a bounded number of rows past their retention. True: there may be more.
    func prune(_ settings: LedgerSettings) throws -> Bool {
        var mayHaveMore = try pruneOutbox(settings)
        mayHaveMore = try pruneSeen(settings) || mayHaveMore
        mayHaveMore = try pruneRefused(settings) || mayHaveMore
        return try pruneParked(settings) || mayHaveMore
    }

    private func pruneOutbox(_ settings: LedgerSettings) throws -> Bool {
        let rows = settings.maintenanceRows
        let oldestKept = servedNow.advanced(by: .zero - settings.outboxRetention).milliseconds
        var mayHaveMore = false
        let streams = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT id, name, base, applied, confirmed FROM stream_out"))
        for row in streams {
            let id: Int64 = row["id"]
            let base: Int64 = row["base"]
            let confirmed: Int64 = row["confirmed"]
            let isStream = try OutboxStreamName(column: row["name"]).stream != nil
            let done = isStream ? min(confirmed, row["applied"]) : confirmed
            try db.cachedStatement(
                // The inner query reads only the oldest rows, however many are too young to be deleted. Those of
                // earlier epochs are never too young.
                sql: """
                    DELETE FROM outbox WHERE stream = ?1 AND seq IN (
                        SELECT seq FROM (
                            SELECT seq, served_at FROM outbox WHERE stream = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?5)
                        WHERE seq <= ?6 OR coalesce(served_at, ?4) < ?3)
                    """
            ).execute(arguments: [
                id, base + done, isStream ? oldestKept : Int64.max, state.time.since.milliseconds, rows, base,
            ])
            mayHaveMore = mayHaveMore || db.changesCount == rows
        }
        return mayHaveMore
    }

    private func pruneSeen(_ settings: LedgerSettings) throws -> Bool {
        let rows = settings.maintenanceRows
        try db.cachedStatement(
            sql: "DELETE FROM seen WHERE digest IN (SELECT digest FROM seen WHERE at < ? ORDER BY at LIMIT ?)"
        ).execute(arguments: [servedNow.advanced(by: .zero - settings.seenRetention).milliseconds, rows])
        let deleted = db.changesCount
        // Earlier versions stamped by the wall clock, which may have been ahead.
        try db.cachedStatement(
            sql: """
                UPDATE seen SET at = ?1 WHERE digest IN (SELECT digest FROM seen WHERE at > ?1 ORDER BY at LIMIT ?2)
                """
        ).execute(arguments: [servedNow.milliseconds, rows])
        return max(deleted, db.changesCount) == rows
    }

    private func pruneRefused(_ settings: LedgerSettings) throws -> Bool {
        try db.cachedStatement(
            sql: """
                DELETE FROM refused WHERE id IN (
                    SELECT id FROM (SELECT id, served_at FROM refused WHERE id > 0 ORDER BY id LIMIT ?3)
                    WHERE coalesce(served_at, ?2) < ?1)
                """
        ).execute(arguments: [
            servedNow.advanced(by: .zero - settings.refusedRetention).milliseconds, state.time.since.milliseconds,
            settings.maintenanceRows,
        ])
        return db.changesCount == settings.maintenanceRows
    }

    /// Parked messages hold personal data as well: what no operator has decided on within `RETENTION` is discarded.
    private func pruneParked(_ settings: LedgerSettings) throws -> Bool {
        guard let retention else { return false }
        try db.cachedStatement(
            sql: """
                DELETE FROM parked WHERE id IN (
                    SELECT id FROM (SELECT id, served_at FROM parked WHERE id > 0 ORDER BY id LIMIT ?3)
                    WHERE coalesce(served_at, ?2) < ?1)
                """
        ).execute(arguments: [
            servedNow.advanced(by: .zero - retention).milliseconds, state.time.since.milliseconds,
            settings.maintenanceParked,
        ])
        let deleted = db.changesCount
        if deleted > 0 {
            count(.parked, -Int64(deleted))
            count(.discarded, Int64(deleted))
            count(.forgotten("parked"), Int64(deleted))
        }
        return deleted == settings.maintenanceParked
    }
}
