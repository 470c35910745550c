import ApplicationDomain
import Contracts
import Foundation
import GRDB
import Ledger

/// Applications and members as rows, inside the writer's transaction. Most messages of a batch concern few
/// applications, so an application is read once and written once in a transaction; between that it stands in the
/// transaction's unitOfWork.
struct ApplicationStore {
    private let transaction: LedgerTransaction
    private var db: Database { transaction.db }
    private var rows: ApplicationRows { ApplicationRows(source: transaction) }

    /// So many applications at most stay in memory from one transaction to the next.
    private static let keptPages = 1000

    init(_ transaction: LedgerTransaction) {
        self.transaction = transaction
    }

    /// An application as decided so far, and as the file still has it.
    final class CachedApplication {
        let rowID: Int64
        fileprivate var persisted: VolunteerApplication
        fileprivate(set) var application: VolunteerApplication
        fileprivate var isChanged = false

        init(rowID: Int64, _ application: VolunteerApplication) {
            self.rowID = rowID
            persisted = application
            self.application = application
        }
    }

    private final class Draft: UnitOfWork {
        var pages: [ID: CachedApplication] = [:]
        /// Those that `flush` has to write.
        var changed: [CachedApplication] = []

        /// Without the unchanged, which are read again where they are needed.
        func copy() -> Draft {
            let copy = Draft()
            for page in changed {
                let twin = CachedApplication(rowID: page.rowID, page.persisted)
                twin.application = page.application
                twin.isChanged = true
                copy.pages[page.application.id] = twin
                copy.changed.append(twin)
            }
            return copy
        }
    }

    private var unitOfWork: Draft {
        if let unitOfWork = transaction.unitOfWork as? Draft { return unitOfWork }
        let unitOfWork = Draft()
        transaction.unitOfWork = unitOfWork
        return unitOfWork
    }

    func application(_ id: ID) throws -> CachedApplication? {
        let unitOfWork = unitOfWork
        if let page = unitOfWork.pages[id] { return page }
        guard let stored = try rows.application(id) else { return nil }
        let page = CachedApplication(rowID: stored.rowID, stored.application)
        unitOfWork.pages[id] = page
        return page
    }

    func save(_ application: VolunteerApplication, on page: CachedApplication) {
        guard application != page.application else { return }
        page.application = application
        if !page.isChanged { unitOfWork.changed.append(page) }
        page.isChanged = true
    }

    /// Writes the unitOfWork: what changed, each application once.
    func flush() throws {
        let unitOfWork = unitOfWork
        for page in unitOfWork.changed {
            try write(page.application, over: page.persisted, at: page.rowID)
            page.persisted = page.application
            page.isChanged = false
        }
        unitOfWork.changed.removeAll(keepingCapacity: true)
        if unitOfWork.pages.count > Self.keptPages { unitOfWork.pages.removeAll() }
    }

    func insert(_ application: VolunteerApplication) throws {
        let details = application.details
        try db.cachedStatement(
            sql: """
                INSERT INTO application (key, fund, name, description, date, start_time, end_time, time_zone, capacity,
                    status, starts_at, confirmed, waiting, reserved, release, sent, origin)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            application.id.string, application.fundID.string, details.name, details.description,
            details.date.description, details.startTime.description, details.endTime.description, details.timeZone,
            application.capacity, application.status.rawValue, application.startsAt.milliseconds,
            application.confirmed, application.waiting, application.reserved, application.release, application.sent,
            application.origin,
        ])
    }

    /// Writes what changed: nearly always the counters alone, which are in no index.
    private func write(
        _ application: VolunteerApplication, over persisted: VolunteerApplication, at rowID: Int64
    ) throws {
        guard application.status == persisted.status, application.capacity == persisted.capacity,
            application.details == persisted.details
        else { return try rewrite(application, at: rowID) }
        let update = try transaction.statement(
            "UPDATE application SET confirmed = ?, waiting = ?, reserved = ?, release = ?, sent = ? WHERE id = ?")
        try update.bind(1, application.confirmed)
        try update.bind(2, application.waiting)
        try update.bind(3, application.reserved)
        try update.bind(4, application.release)
        try update.bind(5, application.sent)
        try update.bind(6, rowID)
        try update.run()
    }

    /// In one go, for the table checks capacity and counters against each other.
    private func rewrite(_ application: VolunteerApplication, at rowID: Int64) throws {
        let details = application.details
        try db.cachedStatement(
            sql: """
                UPDATE application SET name = ?, description = ?, date = ?, start_time = ?, end_time = ?,
                    time_zone = ?, starts_at = ?, capacity = ?, status = ?, confirmed = ?, waiting = ?, reserved = ?,
                    release = ?, sent = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            details.name, details.description, details.date.description, details.startTime.description,
            details.endTime.description, details.timeZone, application.startsAt.milliseconds, application.capacity,
            application.status.rawValue, application.confirmed, application.waiting, application.reserved,
            application.release, application.sent, rowID,
        ])
    }

    func member(_ volunteer: ID, of page: CachedApplication) throws -> Member? {
        try rows.member(volunteer, of: page.rowID)
    }

    /// The members after a volunteer's id, in the order of the ids' bytes, at most `limit`.
    func members(of page: CachedApplication, after volunteer: String, limit: Int) throws -> [Member] {
        try rows.members(of: page.rowID, after: volunteer, limit: limit)
    }

    func save(_ member: Member?, over before: Member?, of page: CachedApplication) throws {
        guard let member, member != before else { return }
        // Nobody else writes: what was not there when it was looked for is new.
        let write = try transaction.statement(
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
        try write.bind(1, page.rowID)
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
