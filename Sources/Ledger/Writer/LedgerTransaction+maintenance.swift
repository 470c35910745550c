import Contracts
import GRDB

extension LedgerTransaction {
    /// Has the handler reconsider at the end of this transaction, as at the start of the process.
    package func reconsider() {
        state.lastTransactionAt = nil
    }

    /// Deletes a bounded number of rows past their retention. True: there may be more.
    func prune(_ settings: LedgerSettings) throws -> Bool {
        let rows = settings.maintenanceRows
        let oldestKept = now.milliseconds - settings.outboxRetention.wholeMilliseconds
        var mayHaveMore = false
        let streams = try Row.fetchAll(db.cachedStatement(sql: "SELECT id, name, applied, confirmed FROM stream_out"))
        for row in streams {
            let id: Int64 = row["id"]
            let confirmed: Int64 = row["confirmed"]
            let isStream = try OutboxStreamName(column: row["name"]).stream != nil
            let done = isStream ? min(confirmed, row["applied"]) : confirmed
            try db.cachedStatement(
                // The inner query reads only the oldest rows, however many are too young to be deleted.
                sql: """
                    DELETE FROM outbox WHERE stream = ?1 AND seq IN (
                        SELECT seq FROM (
                            SELECT seq, created_at FROM outbox WHERE stream = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?4)
                        WHERE created_at < ?3)
                    """
            ).execute(arguments: [id, done, isStream ? oldestKept : Int64.max, rows])
            mayHaveMore = mayHaveMore || db.changesCount == rows
        }
        let oldestSeen = now.milliseconds - settings.seenRetention.wholeMilliseconds
        try db.cachedStatement(
            sql: "DELETE FROM seen WHERE digest IN (SELECT digest FROM seen WHERE at < ? ORDER BY at LIMIT ?)"
        ).execute(arguments: [oldestSeen, rows])
        mayHaveMore = mayHaveMore || db.changesCount == rows
        let oldestRefused = now.milliseconds - settings.refusedRetention.wholeMilliseconds
        try db.cachedStatement(
            sql: "DELETE FROM refused WHERE id IN (SELECT id FROM refused WHERE at < ? ORDER BY at LIMIT ?)"
        ).execute(arguments: [oldestRefused, rows])
        return mayHaveMore || db.changesCount == rows
    }
}
