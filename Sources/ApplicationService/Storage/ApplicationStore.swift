import ApplicationDomain
import Contracts
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
                starts_at, confirmed, waiting, reserved, release, sent, origin, openings
            FROM application WHERE key = ?
            """, id, read: StoredApplication.init)
    }

    // MARK: - Members

    /// - Parameter rowID: the application's row.
    func member(_ volunteer: ID, of rowID: Int64) throws -> Member? {
        try source.row(
            """
            SELECT volunteer, standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation,
                listed, told_of_opening, given_up, removed_by
            FROM member WHERE application = ? AND volunteer = ?
            """, rowID, volunteer, read: Member.init)
    }
}

/// What only the writer's transaction does.
extension ApplicationStore where Source == LedgerTransaction {
    private var cache: ApplicationCache {
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
        let cached = CachedApplication(rowID: stored.rowID, stored.application)
        cache.insert(cached)
        return cached
    }

    /// Keeps the new state; `flush` writes it.
    func save(_ application: VolunteerApplication, in cached: CachedApplication) {
        guard application != cached.application else { return }
        cache.change(cached, to: application)
    }

    /// Writes every changed application once.
    func flush() throws {
        try cache.flush { try write($0.application, over: $0.persisted, at: $0.rowID) }
    }

    func insert(_ application: VolunteerApplication) throws {
        let details = application.details
        try source.db.cachedStatement(
            sql: """
                INSERT INTO application (key, fund, name, description, date, start_time, end_time, time_zone, capacity,
                    status, starts_at, confirmed, waiting, reserved, release, openings, sent, origin)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            application.id.string, application.fundID.string, details.name, details.description,
            details.schedule.date.description, details.schedule.startTime.description,
            details.schedule.endTime.description, details.schedule.timeZone, application.capacity,
            application.status.rawValue, application.startsAt.milliseconds, application.confirmed,
            application.waiting, application.reserved, application.release, application.openings, application.sent,
            application.creationDigest,
        ])
    }

    /// Nearly always only the counters have changed, which are in no index.
    private func write(
        _ application: VolunteerApplication, over persisted: VolunteerApplication, at rowID: Int64
    ) throws {
        guard application.status == persisted.status, application.capacity == persisted.capacity,
            application.details == persisted.details
        else { return try rewrite(application, at: rowID) }
        try source.execute(
            """
            UPDATE application SET confirmed = ?, waiting = ?, reserved = ?, release = ?, openings = ?, sent = ?
            WHERE id = ?
            """,
            application.confirmed, application.waiting, application.reserved, application.release,
            application.openings, application.sent, rowID)
    }

    /// One statement for all columns, because the table checks capacity and counters against each other.
    private func rewrite(_ application: VolunteerApplication, at rowID: Int64) throws {
        let details = application.details
        try source.db.cachedStatement(
            sql: """
                UPDATE application SET name = ?, description = ?, date = ?, start_time = ?, end_time = ?,
                    time_zone = ?, starts_at = ?, capacity = ?, status = ?, confirmed = ?, waiting = ?, reserved = ?,
                    release = ?, openings = ?, sent = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            details.name, details.description, details.schedule.date.description,
            details.schedule.startTime.description, details.schedule.endTime.description, details.schedule.timeZone,
            application.startsAt.milliseconds, application.capacity, application.status.rawValue,
            application.confirmed, application.waiting, application.reserved, application.release,
            application.openings, application.sent, rowID,
        ])
    }

    // MARK: - Members

    /// - Parameter before: the member as read in this transaction; nil if there was no row.
    func save(_ member: Member?, over before: Member?, of rowID: Int64) throws {
        guard let member, member != before else { return }
        // Only this transaction writes: a row that was absent when read is still absent.
        try source.execute(
            before == nil
                ? """
                INSERT INTO member (application, volunteer, standing, since, offer_release, offer_expires_at,
                    not_chosen_in, told_of_cancellation, listed, told_of_opening, given_up, removed_by)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                """
                : """
                UPDATE member SET standing = ?3, since = ?4, offer_release = ?5, offer_expires_at = ?6,
                    not_chosen_in = ?7, told_of_cancellation = ?8, listed = ?9, told_of_opening = ?10,
                    given_up = ?11, removed_by = ?12
                WHERE application = ?1 AND volunteer = ?2
                """,
            rowID, member.volunteer, member.standing.rawValue, member.since, member.offer?.release,
            member.offer?.expiresAt, member.notChosenIn, member.toldOfCancellation, member.isListed,
            member.toldOfOpening, member.givenUpColumn, member.removedBy)
    }
}

/// The applications that a transaction has read, and which of them have to be written.
///
/// Most messages of a batch concern few applications, so each is read once and written once in a transaction.
final class ApplicationCache: RowCache {
    /// The maximum number of applications kept in memory from one transaction to the next.
    private static let limit = 1000

    private var applications: [ID: CachedApplication] = [:]
    private var changed: [CachedApplication] = []

    subscript(id: ID) -> CachedApplication? { applications[id] }

    func insert(_ cached: CachedApplication) {
        applications[cached.application.id] = cached
    }

    func change(_ cached: CachedApplication, to application: VolunteerApplication) {
        if !cached.isChanged { changed.append(cached) }
        cached.change(to: application)
    }

    /// Hands every changed application to `write`, once.
    func flush(_ write: (CachedApplication) throws -> Void) throws {
        for cached in changed {
            try write(cached)
            cached.markPersisted()
        }
        changed.removeAll(keepingCapacity: true)
        if applications.count > Self.limit { applications.removeAll() }
    }

    /// Leaves out unchanged applications: they are read again when needed.
    func copy() -> ApplicationCache {
        let copy = ApplicationCache()
        for cached in changed {
            let duplicate = cached.copy()
            copy.insert(duplicate)
            copy.changed.append(duplicate)
        }
        return copy
    }
}

/// An application as decided so far in the transaction, beside what its row still holds.
final class CachedApplication {
    let rowID: Int64
    private(set) var application: VolunteerApplication
    private(set) var persisted: VolunteerApplication
    private(set) var isChanged = false

    init(rowID: Int64, _ application: VolunteerApplication) {
        self.rowID = rowID
        self.application = application
        persisted = application
    }

    func change(to application: VolunteerApplication) {
        self.application = application
        isChanged = true
    }

    /// The row has been written.
    func markPersisted() {
        persisted = application
        isChanged = false
    }

    func copy() -> CachedApplication {
        let copy = CachedApplication(rowID: rowID, persisted)
        if isChanged { copy.change(to: application) }
        return copy
    }
}

extension Member {
    /// - Parameter row: the columns `volunteer`, `standing`, `since`, `offer_release`, `offer_expires_at`,
    ///   `not_chosen_in`, `told_of_cancellation`, `listed`, `told_of_opening`, `given_up`, `removed_by`.
    init(row: RawRow) throws {
        try row.require(columns: 11)
        let offer = row.isNull(3) ? nil : Offer(release: row.int(3), expiresAt: row.timestamp(4))
        self.init(
            volunteer: .trusted(row.text(0)), standing: try row.word(1), since: row.timestamp(2), offer: offer,
            notChosenIn: row.int(5), toldOfOpening: row.int(8), toldOfCancellation: row.bool(6),
            givenUpAt: try Self.times(row.optionalText(9) ?? ""), removedBy: row.optionalText(10),
            isListed: row.bool(7))
    }

    fileprivate var givenUpColumn: String? {
        givenUpAt.isEmpty ? nil : givenUpAt.map { String($0.milliseconds) }.joined(separator: " ")
    }

    fileprivate static func times(_ column: String) throws -> [Timestamp] {
        try column.split(separator: " ").map { part in
            guard let time = Int64(part) else { throw UnknownColumnValue(column, meaning: "times") }
            return Timestamp(milliseconds: time)
        }
    }
}

/// An application as its row holds it.
struct StoredApplication: Sendable {
    let rowID: Int64
    let application: VolunteerApplication
}

extension StoredApplication {
    /// - Parameter row: the columns `id`, `key`, `fund`, `name`, `description`, `date`, `start_time`, `end_time`,
    ///   `time_zone`, `capacity`, `status`, `starts_at`, `confirmed`, `waiting`, `reserved`, `release`, `sent`,
    ///   `origin`, `openings`.
    init(row: RawRow) throws {
        try row.require(columns: 19)
        rowID = row.int64(0)
        let schedule = ApplicationSchedule(
            date: try CivilDate(parsing: row.text(5)), startTime: try CivilTime(parsing: row.text(6)),
            endTime: try CivilTime(parsing: row.text(7)), timeZone: row.text(8))
        application = VolunteerApplication(
            id: .trusted(row.text(1)), fundID: .trusted(row.text(2)),
            details: ApplicationDetails(name: row.text(3), description: row.text(4), schedule: schedule),
            capacity: row.int(9), status: try row.word(10), startsAt: row.timestamp(11), confirmed: row.int(12),
            waiting: row.int(13), reserved: row.int(14), release: row.int(15), openings: row.int(18),
            sent: row.int(16), creationDigest: row.text(17))
    }
}
