import ApplicationDomain
import Contracts
import GRDB
import Ledger

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
                    status, starts_at, confirmed, waiting, reserved, release, sent, origin)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            application.id.string, application.fundID.string, details.name, details.description,
            details.schedule.date.description, details.schedule.startTime.description,
            details.schedule.endTime.description, details.schedule.timeZone, application.capacity,
            application.status.rawValue, application.startsAt.milliseconds, application.confirmed,
            application.waiting, application.reserved, application.release, application.sent,
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
        let update = try source.statement(
            "UPDATE application SET confirmed = ?, waiting = ?, reserved = ?, release = ?, sent = ? WHERE id = ?")
        try update.bind(1, application.confirmed)
        try update.bind(2, application.waiting)
        try update.bind(3, application.reserved)
        try update.bind(4, application.release)
        try update.bind(5, application.sent)
        try update.bind(6, rowID)
        try update.run()
    }

    /// One statement for all columns, because the table checks capacity and counters against each other.
    private func rewrite(_ application: VolunteerApplication, at rowID: Int64) throws {
        let details = application.details
        try source.db.cachedStatement(
            sql: """
                UPDATE application SET name = ?, description = ?, date = ?, start_time = ?, end_time = ?,
                    time_zone = ?, starts_at = ?, capacity = ?, status = ?, confirmed = ?, waiting = ?, reserved = ?,
                    release = ?, sent = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            details.name, details.description, details.schedule.date.description,
            details.schedule.startTime.description, details.schedule.endTime.description, details.schedule.timeZone,
            application.startsAt.milliseconds, application.capacity, application.status.rawValue,
            application.confirmed, application.waiting, application.reserved, application.release, application.sent,
            rowID,
        ])
    }

    // MARK: - Members

    /// - Parameter before: the member as read in this transaction; nil if there was no row.
    func save(_ member: Member?, over before: Member?, of rowID: Int64) throws {
        guard let member, member != before else { return }
        // Only this transaction writes: a row that was absent when read is still absent.
        let write = try source.statement(
            before == nil
                ? """
                INSERT INTO member (application, volunteer, standing, since, offer_release, offer_expires_at,
                    not_chosen_in, told_of_cancellation, listed)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """
                : """
                UPDATE member SET standing = ?3, since = ?4, offer_release = ?5, offer_expires_at = ?6,
                    not_chosen_in = ?7, told_of_cancellation = ?8, listed = ?9
                WHERE application = ?1 AND volunteer = ?2
                """)
        try write.bind(1, rowID)
        try write.bind(2, member.volunteer.string)
        try write.bind(3, member.standing.rawValue)
        try write.bind(4, member.since.milliseconds)
        try write.bind(5, member.offer.map { Int64($0.release) })
        try write.bind(6, member.offer?.expiresAt.milliseconds)
        try write.bind(7, member.notChosenIn)
        try write.bind(8, member.toldOfCancellation)
        try write.bind(9, member.isListed)
        try write.run()
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
