import Contracts
import Foundation
import GRDB
import Ledger
import NotifierDomain

/// The rows by which reminders are planned again.
extension NotifierStore<LedgerTransaction> {
    /// Whether the timers were set by this plan and these time zone rules.
    /// - Parameter zoneRules: their fingerprint.
    func isRecorded(_ plan: ReminderPlan, _ zoneRules: String) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT leads = ? AND zone_rules = ? FROM reminder_plan WHERE id = 1",
            arguments: [plan.description, zoneRules]) ?? false
    }

    func record(_ plan: ReminderPlan, _ zoneRules: String) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO reminder_plan (id, leads, zone_rules) VALUES (1, ?, ?)",
            arguments: [plan.description, zoneRules])
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
