import Contracts
import Foundation
import GRDB
import Ledger
import NotifierDomain

/// The rows of applications, recipients and sent reminders. Writes work only in the writer's transaction
/// (`NotifierStore+writing.swift`).
struct NotifierStore<Source: StatementSource> {
    let source: Source
    var db: Database { source.db }

    init(_ source: Source) {
        self.source = source
    }

    // MARK: - Applications

    func application(_ id: ID) throws -> StoredApplication? {
        try Row.fetchOne(
            db.cachedStatement(sql: StoredApplication.select + " WHERE key = ?"), arguments: [id.string]
        ).map(StoredApplication.init(row:))
    }

    func application(rowID: Int64) throws -> StoredApplication? {
        try Row.fetchOne(
            db.cachedStatement(sql: StoredApplication.select + " WHERE id = ?"), arguments: [rowID]
        ).map(StoredApplication.init(row:))
    }

    /// The application's name in a version.
    func name(of stored: StoredApplication, version: Int) throws -> String {
        if version == stored.application.version { return stored.application.name }
        return try String.fetchOne(
            db.cachedStatement(sql: "SELECT name FROM edition WHERE application = ? AND number = ?"),
            arguments: [stored.rowID, version]) ?? stored.application.name
    }

    // MARK: - Recipients

    /// A user who is not stored yet has no standing and knows the current version.
    func recipient(_ user: ID, of application: StoredApplication) throws -> StoredRecipient {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: StoredRecipient.select + " WHERE application = ? AND user = ?"),
            arguments: [application.rowID, user.string])
        return try row.map(StoredRecipient.init(row:))
            ?? StoredRecipient(
                rowID: nil,
                recipient: Recipient(user: user, standing: .none, version: application.application.version))
    }

    /// A recipient by row id, with the row id of its application.
    func recipient(rowID: Int64) throws -> (stored: StoredRecipient, application: Int64)? {
        try Row.fetchOne(
            db.cachedStatement(sql: StoredRecipient.select + " WHERE id = ?"), arguments: [rowID]
        ).map { (try StoredRecipient(row: $0), $0[4]) }
    }

    /// The recipients of an application after a row id, in the order of row ids.
    func recipients(of application: StoredApplication, after rowID: Int64, limit: Int) throws -> [StoredRecipient] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: StoredRecipient.select + " WHERE application = ? AND id > ? ORDER BY id LIMIT ?"),
            arguments: [application.rowID, rowID, limit]
        ).map(StoredRecipient.init(row:))
    }

    // MARK: - Reminders

    /// Whether a reminder for this start was sent or missed.
    func isDone(_ lead: ISODuration, for recipient: Int64, startsAt: Timestamp) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM reminder WHERE audience = ? AND lead = ? AND starts_at = ?)"),
            arguments: [recipient, lead.description, startsAt.milliseconds]) ?? false
    }
}
