import Contracts
import Foundation
import GRDB
import Ledger
import NotifierDomain

extension NotifierStore<LedgerTransaction> {
    // MARK: - Applications

    /// - Parameters:
    ///   - epoch: of the stream in which ApplicationService speaks of it.
    ///   - fund: that calls for volunteers; nil if ApplicationService did not say it, as its earlier versions.
    func insert(
        _ application: ApplicationSnapshot, hasBuffered: Bool, epoch: Int64 = 0, fund: ID? = nil
    ) throws {
        let schedule = application.schedule
        try db.cachedStatement(
            sql: """
                INSERT INTO application (key, name, date, start_time, end_time, time_zone, cancelled, edition,
                    moved_in, moved_at, has_early, starts_at, retained_from, epoch, told_edition, from_state,
                    fund)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            application.id.string, application.name, schedule.date.description, schedule.startTime.description,
            schedule.endTime.description, schedule.timeZone, application.isCancelled, application.version,
            application.movedInVersion, application.movedAt.milliseconds, hasBuffered,
            application.startsAt.milliseconds, overAt(application).milliseconds, epoch, application.toldVersion,
            application.isFromState, fund?.string,
        ])
        try insertVersion(of: application, rowID: db.lastInsertedRowID)
    }

    func save(_ application: ApplicationSnapshot, over stored: StoredApplication) throws {
        guard application != stored.application else { return }
        let schedule = application.schedule
        try db.cachedStatement(
            sql: """
                UPDATE application SET name = ?, date = ?, start_time = ?, end_time = ?, time_zone = ?, cancelled = ?,
                    edition = ?, moved_in = ?, moved_at = ?, starts_at = ?, told_edition = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            application.name, schedule.date.description, schedule.startTime.description,
            schedule.endTime.description, schedule.timeZone, application.isCancelled, application.version,
            application.movedInVersion, application.movedAt.milliseconds, application.startsAt.milliseconds,
            application.toldVersion, stored.rowID,
        ])
        try postpone(stored.rowID, until: overAt(application))
        guard application.version != stored.application.version else { return }
        try insertVersion(of: application, rowID: stored.rowID)
    }

    private func insertVersion(of application: ApplicationSnapshot, rowID: Int64) throws {
        try db.cachedStatement(sql: "INSERT INTO edition (application, number, name) VALUES (?, ?, ?)")
            .execute(arguments: [rowID, application.version, application.name])
    }

    /// - Parameter fund: nil changes nothing.
    func setFund(_ fund: ID?, of application: StoredApplication) throws {
        guard let fund, fund != application.fund else { return }
        try source.execute("UPDATE application SET fund = ? WHERE id = ?", fund, application.rowID)
    }

    /// Later messages wait behind one that is buffered.
    func setBuffered(_ application: StoredApplication) throws {
        try db.cachedStatement(sql: "UPDATE application SET has_early = 1 WHERE id = ?")
            .execute(arguments: [application.rowID])
    }

    /// All messages that were buffered for the application have been applied.
    func setNoneBuffered(_ application: ID) throws {
        try db.cachedStatement(sql: "UPDATE application SET has_early = 0 WHERE key = ?")
            .execute(arguments: [application.string])
    }

    // MARK: - Recipients

    /// Returns the row id.
    /// - Parameter epoch: of the stream in which ApplicationService names the recipient.
    func save(
        _ recipient: Recipient, over stored: StoredRecipient, of application: StoredApplication, epoch: Int64
    ) throws -> Int64 {
        if let rowID = stored.rowID {
            if recipient != stored.recipient || epoch != stored.epoch {
                try db.cachedStatement(
                    sql: """
                        UPDATE audience SET standing = ?, edition = ?, epoch = ?, offer_expires_at = ? WHERE id = ?
                        """
                ).execute(arguments: [
                    recipient.standing.rawValue, recipient.version, epoch, recipient.offerExpiresAt?.milliseconds,
                    rowID,
                ])
            }
            return rowID
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO audience (application, user, standing, edition, epoch, offer_expires_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            application.rowID, recipient.user.string, recipient.standing.rawValue, recipient.version, epoch,
            recipient.offerExpiresAt?.milliseconds,
        ])
        return db.lastInsertedRowID
    }

    // MARK: - Reminders

    /// The start moved and is the same for the recipient: what was sent or missed counts for the new instant.
    func moveReminders(of recipient: Int64, from start: Timestamp, to newStart: Timestamp) throws {
        try db.cachedStatement(sql: "UPDATE OR REPLACE reminder SET starts_at = ? WHERE audience = ? AND starts_at = ?")
            .execute(arguments: [newStart.milliseconds, recipient, start.milliseconds])
    }

    /// Records that a reminder for this start was sent or missed.
    func recordReminder(
        _ lead: ISODuration, for recipient: Int64, startsAt: Timestamp, isMissed: Bool, at now: Timestamp
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO reminder (audience, lead, starts_at, outcome, at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            recipient, lead.description, startsAt.milliseconds, isMissed ? "missed" : "sent", now.milliseconds,
        ])
    }
}
