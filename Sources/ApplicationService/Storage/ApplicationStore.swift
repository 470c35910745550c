import ApplicationDomain
import Contracts
import Foundation
import GRDB
import Ledger

/// Applications and members as rows: for the writer's transaction, and for reads from a snapshot beside it.
///
/// Each statement is written out with all its columns, because the writer's cache finds it by the address of its text.
struct ApplicationStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    // MARK: - Applications

    func application(_ id: ID) throws -> StoredApplication? {
        try source.row(
            """
            SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                starts_at, confirmed, waiting, reserved, release, sent, origin, openings, cancel_reason, created_at,
                updated_at, reserved_grew_at, notifiers
            FROM application WHERE key = ?
            """, id, read: StoredApplication.init)
    }

    // MARK: - Members

    /// - Parameter rowID: the application's row.
    func member(_ volunteer: ID, of rowID: Int64) throws -> Member? {
        try source.row(
            """
            SELECT volunteer, standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation,
                listed, told_of_opening, given_up, removed_by, sequence, created_at, reason, updated_at,
                comment
            FROM member WHERE application = ? AND volunteer = ?
            """, rowID, volunteer, read: Member.init)
    }
}

/// What only the writer's transaction does.
extension ApplicationStore where Source == LedgerTransaction {
    var cache: ApplicationCache {
        if let cache = source.rowCache as? ApplicationCache { return cache }
        let cache = ApplicationCache()
        source.rowCache = cache
        return cache
    }

    // MARK: - Applications

    /// The application as decided so far in this transaction.
    func cached(_ id: ID) throws -> CachedApplication? {
        let cache = cache
        if let cached = cache[id] { return cached }
        guard let stored = try application(id) else { return nil }
        let cached = CachedApplication(stored)
        cache.insert(cached)
        return cached
    }

    /// Keeps the new state; `flush` writes it.
    func save(_ application: VolunteerApplication, in cached: CachedApplication) {
        guard application != cached.application else { return }
        cache.change(cached, to: application)
    }

    /// Records that a partition of NotifierService is sent the application in this transaction.
    func add(notifier: Partition, to cached: CachedApplication) {
        guard !cached.notifiers.contains(notifier) else { return }
        cache.add(notifier: notifier, to: cached)
    }

    /// Writes every changed application once.
    func flush() throws {
        try cache.flush { try write($0) }
    }

    /// Stores a new application, which no partition of NotifierService knows.
    func insert(_ application: VolunteerApplication) throws {
        let details = application.details
        try source.db.cachedStatement(
            sql: """
                INSERT INTO application (key, fund, name, description, date, start_time, end_time, time_zone, capacity,
                    status, starts_at, confirmed, waiting, reserved, release, openings, sent, origin,
                    cancel_reason, created_at, updated_at, reserved_grew_at, over_at, retained_from, notifiers)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?23, ?23, x'')
                """
        ).execute(arguments: [
            application.id.string, application.fundID.string, details.name, details.description,
            details.schedule.date.description, details.schedule.startTime.description,
            details.schedule.endTime.description, details.schedule.timeZone, application.capacity,
            application.status.rawValue, application.startsAt.milliseconds, application.confirmed,
            application.waiting, application.reserved, application.release, application.openings, application.sent,
            application.creationDigest, application.cancelReason, application.createdAt?.milliseconds ?? 0,
            application.updatedAt?.milliseconds, application.reservedGrewAt?.milliseconds,
            overAt(application).milliseconds,
        ])
    }

    /// Nearly always only the counters have changed, which are in no index.
    private func write(_ cached: CachedApplication) throws {
        let (application, persisted) = (cached.application, cached.persisted.application)
        guard application.status == persisted.status, application.capacity == persisted.capacity,
            application.details == persisted.details, application.startsAt == persisted.startsAt,
            application.updatedAt == persisted.updatedAt
        else {
            try rewrite(cached)
            return try writeEnd(of: application, over: persisted, at: cached.rowID)
        }
        try source.execute(
            """
            UPDATE application SET confirmed = ?, waiting = ?, reserved = ?, release = ?, openings = ?, sent = ?,
                reserved_grew_at = ?, notifiers = ?
            WHERE id = ?
            """,
            application.confirmed, application.waiting, application.reserved, application.release,
            application.openings, application.sent, application.reservedGrewAt, cached.notifiers.column, cached.rowID)
    }

    /// One statement for all columns, because the table checks capacity and counters against each other.
    private func rewrite(_ cached: CachedApplication) throws {
        let application = cached.application
        let details = application.details
        try source.db.cachedStatement(
            sql: """
                UPDATE application SET name = ?, description = ?, date = ?, start_time = ?, end_time = ?,
                    time_zone = ?, starts_at = ?, capacity = ?, status = ?, confirmed = ?, waiting = ?, reserved = ?,
                    release = ?, openings = ?, sent = ?, cancel_reason = ?, updated_at = ?,
                    reserved_grew_at = ?, notifiers = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            details.name, details.description, details.schedule.date.description,
            details.schedule.startTime.description, details.schedule.endTime.description, details.schedule.timeZone,
            application.startsAt.milliseconds, application.capacity, application.status.rawValue,
            application.confirmed, application.waiting, application.reserved, application.release,
            application.openings, application.sent, application.cancelReason,
            application.updatedAt?.milliseconds, application.reservedGrewAt?.milliseconds,
            cached.notifiers.column.map { Data($0) }, cached.rowID,
        ])
    }

    // MARK: - Members

    /// - Parameter before: the member as read in this transaction; nil if there was no row.
    func save(_ member: Member?, over before: Member?, of rowID: Int64) throws {
        guard let member, member != before else { return }
        guard let before else { return try insert(member, of: rowID) }
        // SQLite rewrites the entry of an index whose column is assigned, even if the value stays.
        if member.sequence != before.sequence {
            try source.execute(
                "UPDATE member SET sequence = ? WHERE application = ? AND volunteer = ?", member.sequence, rowID,
                member.volunteer)
        }
        try source.execute(
            """
            UPDATE member SET standing = ?3, since = ?4, offer_release = ?5, offer_expires_at = ?6,
                not_chosen_in = ?7, told_of_cancellation = ?8, listed = ?9, told_of_opening = ?10,
                given_up = ?11, removed_by = ?12, reason = ?13, updated_at = ?14, comment = ?15
            WHERE application = ?1 AND volunteer = ?2
            """,
            rowID, member.volunteer, member.standing.rawValue, member.since, member.offer?.release,
            member.offer?.expiresAt, member.notChosenIn, member.toldOfCancellation, member.isListed,
            member.toldOfOpening, member.givenUpColumn, member.removedBy, member.lastChange?.reason.rawValue,
            member.lastChange?.time, member.lastChange?.comment)
    }

    /// Only this transaction writes: a row that was absent when read is still absent.
    private func insert(_ member: Member, of rowID: Int64) throws {
        try source.execute(
            """
            INSERT INTO member (application, volunteer, standing, since, offer_release, offer_expires_at,
                not_chosen_in, told_of_cancellation, listed, told_of_opening, given_up, removed_by, sequence,
                created_at, reason, updated_at, comment)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
            """,
            rowID, member.volunteer, member.standing.rawValue, member.since, member.offer?.release,
            member.offer?.expiresAt, member.notChosenIn, member.toldOfCancellation, member.isListed,
            member.toldOfOpening, member.givenUpColumn, member.removedBy, member.sequence, member.createdAt,
            member.lastChange?.reason.rawValue, member.lastChange?.time, member.lastChange?.comment)
    }
}
