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

    /// In the order in which they were created in this partition. The conditions on the status are those of
    /// `VolunteerApplication.status(at:)`: only `cancelled` is a matter of the row alone.
    /// - Parameter rowID: only rows after this one are returned.
    func applications(
        _ filter: ApplicationFilter, after rowID: Int64, limit: Int, now: Timestamp
    ) throws -> [StoredApplication] {
        var conditions = ["id > ?1"]
        var dependsOnTime = false
        switch filter.status {
        case nil: break
        case .cancelled: conditions.append("status = 'cancelled'")
        case .open:
            conditions.append("status IN ('open', 'started') AND starts_at > ?3")
            dependsOnTime = true
        case .started:
            conditions.append("status IN ('open', 'started') AND starts_at <= ?3")
            dependsOnTime = true
        }
        if filter.fund != nil { conditions.append("fund = ?4") }
        // Eight filters, so eight cached statements.
        let select = try source.statement(
            composed: """
                SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                    starts_at, confirmed, waiting, reserved, release, sent, origin, openings
                FROM application WHERE \(conditions.joined(separator: " AND ")) ORDER BY id LIMIT ?2
                """)
        try select.bind(1, rowID)
        try select.bind(2, limit)
        if dependsOnTime { try select.bind(3, now.milliseconds) }
        if let fund = filter.fund { try select.bind(4, fund.string) }
        var found: [StoredApplication] = []
        try select.forEachRow { found.append(try StoredApplication(row: $0)) }
        return found
    }
}

/// What only the writer's transaction does.
extension ApplicationStore where Source == LedgerTransaction {
    /// Applications that count as started although their start is ahead: the clock was wrong.
    func startedTooEarly(limit: Int) throws -> [ID] {
        try source.rows(
            "SELECT key FROM application WHERE status = 'started' AND starts_at > ? ORDER BY starts_at LIMIT ?",
            source.now, limit
        ) { .trusted($0.text(0)) }
    }

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
