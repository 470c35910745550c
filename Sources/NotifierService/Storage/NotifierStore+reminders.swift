import Contracts
import Foundation
import GRDB
import Ledger
import NotifierDomain

/// The rows by which reminders are planned again.
extension NotifierStore<LedgerTransaction> {
    /// The plan by which timers were set last; nil before the first.
    func recordedPlan() throws -> String? {
        try String.fetchOne(db, sql: "SELECT leads FROM reminder_plan")
    }

    func record(_ plan: ReminderPlan) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO reminder_plan (id, leads) VALUES (1, ?)", arguments: [plan.description])
    }

    /// Recipients of all applications after a row id, each with the row id of its application.
    func recipients(after rowID: Int64, limit: Int) throws -> [(stored: StoredRecipient, application: Int64)] {
        try Row.fetchAll(
            db.cachedStatement(sql: StoredRecipient.select + " WHERE id > ? ORDER BY id LIMIT ?"),
            arguments: [rowID, limit]
        ).map { (try StoredRecipient(row: $0), $0[4]) }
    }

    /// Whether a reminder counts as missed although the start that it announces is ahead.
    func hasMissedTooEarly(now: Timestamp) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM reminder WHERE outcome = 'missed' AND starts_at > ?)",
            arguments: [now.milliseconds]) ?? false
    }

    /// Deletes and returns such reminders.
    func takeMissedTooEarly(now: Timestamp, limit: Int) throws -> [ReminderKey] {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT audience, lead, starts_at FROM reminder WHERE outcome = 'missed' AND starts_at > ?
                    ORDER BY starts_at LIMIT ?
                    """),
            arguments: [now.milliseconds, limit])
        return try rows.map { row in
            try db.cachedStatement(sql: "DELETE FROM reminder WHERE audience = ? AND lead = ? AND starts_at = ?")
                .execute(arguments: [row[0] as Int64, row[1] as String, row[2] as Int64])
            return ReminderKey(recipient: row[0], lead: try ISODuration(parsing: row[1] as String))
        }
    }
}
