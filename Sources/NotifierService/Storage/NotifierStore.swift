import Contracts
import Foundation
import GRDB
import Ledger
import NotifierDomain

/// Applications, whom they concern, and the reminders that were sent, as rows inside the writer's transaction.
struct NotifierStore {
    let db: Database

    struct StoredApplication {
        let rowID: Int64
        let application: ApplicationSnapshot
        let hasEarly: Bool
    }

    struct StoredRecipient {
        /// Nil: not stored yet.
        let rowID: Int64?
        let audience: Recipient
    }

    // MARK: - Applications

    func application(_ id: ID) throws -> StoredApplication? {
        try Row.fetchOne(
            db.cachedStatement(sql: Self.selectApplication + " WHERE key = ?"), arguments: [id.string]
        ).map(StoredApplication.init(row:))
    }

    func application(rowID: Int64) throws -> StoredApplication? {
        try Row.fetchOne(
            db.cachedStatement(sql: Self.selectApplication + " WHERE id = ?"), arguments: [rowID]
        ).map(StoredApplication.init(row:))
    }

    func insert(_ application: ApplicationSnapshot, hasEarly: Bool) throws -> StoredApplication {
        let details = application.details
        try db.cachedStatement(
            sql: """
                INSERT INTO application (key, name, date, start_time, end_time, time_zone, cancelled, edition,
                    moved_in, moved_at, has_early)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            application.id.string, details.name, details.date.description, details.startTime.description,
            details.endTime.description, details.timeZone, application.isCancelled, application.edition,
            application.movedIn, application.movedAt.milliseconds, hasEarly,
        ])
        let stored = StoredApplication(rowID: db.lastInsertedRowID, application: application, hasEarly: hasEarly)
        try noteEdition(of: stored)
        return stored
    }

    func save(_ application: ApplicationSnapshot, over stored: StoredApplication) throws {
        guard application != stored.application else { return }
        let details = application.details
        try db.cachedStatement(
            sql: """
                UPDATE application SET name = ?, date = ?, start_time = ?, end_time = ?, time_zone = ?, cancelled = ?,
                    edition = ?, moved_in = ?, moved_at = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            details.name, details.date.description, details.startTime.description, details.endTime.description,
            details.timeZone, application.isCancelled, application.edition, application.movedIn,
            application.movedAt.milliseconds, stored.rowID,
        ])
        guard application.edition != stored.application.edition else { return }
        try noteEdition(
            of: StoredApplication(rowID: stored.rowID, application: application, hasEarly: stored.hasEarly))
    }

    private func noteEdition(of stored: StoredApplication) throws {
        try db.cachedStatement(sql: "INSERT INTO edition (application, number, name) VALUES (?, ?, ?)")
            .execute(arguments: [stored.rowID, stored.application.edition, stored.application.details.name])
    }

    /// What the application was called in an edition.
    func name(of stored: StoredApplication, edition: Int) throws -> String {
        if edition == stored.application.edition { return stored.application.details.name }
        return try String.fetchOne(
            db.cachedStatement(sql: "SELECT name FROM edition WHERE application = ? AND number = ?"),
            arguments: [stored.rowID, edition]) ?? stored.application.details.name
    }

    // MARK: - Whom they concern

    func audience(_ user: ID, of application: StoredApplication) throws -> StoredRecipient {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: Self.selectAudience + " WHERE application = ? AND user = ?"),
            arguments: [application.rowID, user.string])
        return try row.map(StoredRecipient.init(row:))
            ?? StoredRecipient(
                rowID: nil,
                audience: Recipient(user: user, standing: .none, edition: application.application.edition))
    }

    /// With the row id of its application.
    func audience(rowID: Int64) throws -> (stored: StoredRecipient, application: Int64)? {
        try Row.fetchOne(
            db.cachedStatement(sql: Self.selectAudience + " WHERE id = ?"), arguments: [rowID]
        ).map { (try StoredRecipient(row: $0), $0[4]) }
    }

    /// Those concerned after a row, in the order of the rows, at most `limit`.
    func audiences(of application: StoredApplication, after rowID: Int64, limit: Int) throws -> [StoredRecipient] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: Self.selectAudience + " WHERE application = ? AND id > ? ORDER BY id LIMIT ?"),
            arguments: [application.rowID, rowID, limit]
        ).map(StoredRecipient.init(row:))
    }

    /// Returns the row's id.
    func save(
        _ audience: Recipient, over stored: StoredRecipient, of application: StoredApplication
    ) throws -> Int64 {
        if let rowID = stored.rowID {
            if audience != stored.audience {
                try db.cachedStatement(sql: "UPDATE audience SET standing = ?, edition = ? WHERE id = ?")
                    .execute(arguments: [audience.standing.rawValue, audience.edition, rowID])
            }
            return rowID
        }
        try db.cachedStatement(sql: "INSERT INTO audience (application, user, standing, edition) VALUES (?, ?, ?, ?)")
            .execute(arguments: [
                application.rowID, audience.user.string, audience.standing.rawValue, audience.edition,
            ])
        return db.lastInsertedRowID
    }

    // MARK: - Reminders that are done

    func isDone(_ lead: ISODuration, for audience: Int64, startsAt: Timestamp) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM reminder WHERE audience = ? AND lead = ? AND starts_at = ?)"),
            arguments: [audience, lead.description, startsAt.milliseconds]) ?? false
    }

    func note(
        _ lead: ISODuration, for audience: Int64, startsAt: Timestamp, isMissed: Bool, at now: Timestamp
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO reminder (audience, lead, starts_at, outcome, at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            audience, lead.description, startsAt.milliseconds, isMissed ? "missed" : "sent", now.milliseconds,
        ])
    }

    private static let selectApplication = """
        SELECT id, key, name, date, start_time, end_time, time_zone, cancelled, edition, has_early, moved_in,
            moved_at
        FROM application
        """
    private static let selectAudience = "SELECT id, user, standing, edition, application FROM audience"
}

extension NotifierStore.StoredApplication {
    fileprivate init(row: Row) throws {
        rowID = row[0]
        application = ApplicationSnapshot(
            id: .trusted(row[1]),
            details: ApplicationSnapshot.Details(
                name: row[2], date: try CivilDate(parsing: row[3]), startTime: try CivilTime(parsing: row[4]),
                endTime: try CivilTime(parsing: row[5]), timeZone: row[6]),
            isCancelled: row[7], edition: row[8], movedIn: row[10],
            movedAt: Timestamp(milliseconds: row[11]))
        hasEarly = row[9]
    }
}

extension NotifierStore.StoredRecipient {
    fileprivate init(row: Row) throws {
        rowID = row[0]
        audience = Recipient(
            user: .trusted(row[1]), standing: Recipient.Standing(rawValue: row[2]) ?? .none, edition: row[3])
    }
}
