import ApplicationDomain
import Contracts
import Foundation
import GRDB
import Ledger

/// Applications and members as rows, inside the writer's transaction. Most messages of a batch concern few
/// applications, so
/// an application is read once and written once in a transaction; between that it stands in the transaction's draft.
struct ApplicationStore {
    private let transaction: LedgerTransaction
    private var db: Database { transaction.db }

    init(_ transaction: LedgerTransaction) {
        self.transaction = transaction
    }

    struct Stored {
        let rowID: Int64
        let application: VolunteerApplication
    }

    /// Applications as decided in this transaction, and as the file still has them.
    private struct Draft: Sendable {
        struct Page: Sendable {
            let rowID: Int64
            var filed: VolunteerApplication
            var application: VolunteerApplication
        }

        var pages: [ID: Page] = [:]
    }

    func application(_ id: ID) throws -> Stored? {
        if let page = withDraft({ $0.pages[id] }) {
            return Stored(rowID: page.rowID, application: page.application)
        }
        guard let stored = try filedApplication(id) else { return nil }
        withDraft { draft in
            draft.pages[id] = Draft.Page(
                rowID: stored.rowID, filed: stored.application, application: stored.application)
        }
        return stored
    }

    /// The draft is taken out of the transaction while it changes, so that it is not copied.
    private func withDraft<Value>(_ body: (inout Draft) -> Value) -> Value {
        var draft = transaction.draft as? Draft ?? Draft()
        transaction.draft = nil
        defer { transaction.draft = draft }
        return body(&draft)
    }

    func save(_ application: VolunteerApplication, over stored: Stored) {
        guard application != stored.application else { return }
        withDraft { $0.pages[application.id]?.application = application }
    }

    /// Writes the draft: what changed, each application once.
    func flush() throws {
        let changed = withDraft { draft in draft.pages.filter { $0.value.application != $0.value.filed } }
        for (id, page) in changed {
            try write(page.application, over: Stored(rowID: page.rowID, application: page.filed))
            withDraft { $0.pages[id]?.filed = page.application }
        }
    }

    private func filedApplication(_ id: ID) throws -> Stored? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT id, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                        starts_at, confirmed, waiting, reserved, release, sent, origin
                    FROM application WHERE key = ?
                    """),
            arguments: [id.string])
        return try row.map { try Stored(row: $0, id: id) }
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

    /// Writes what changed: nearly always the counters alone.
    private func write(_ application: VolunteerApplication, over stored: Stored) throws {
        try db.cachedStatement(
            sql: """
                UPDATE application SET status = ?, confirmed = ?, waiting = ?, reserved = ?, release = ?, sent = ?,
                    capacity = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            application.status.rawValue, application.confirmed, application.waiting, application.reserved,
            application.release, application.sent, application.capacity, stored.rowID,
        ])
        let details = application.details
        if details == stored.application.details { return }
        try db.cachedStatement(
            sql: """
                UPDATE application SET name = ?, description = ?, date = ?, start_time = ?, end_time = ?,
                    time_zone = ?, starts_at = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            details.name, details.description, details.date.description, details.startTime.description,
            details.endTime.description, details.timeZone, application.startsAt.milliseconds, stored.rowID,
        ])
    }

    func member(_ volunteer: ID, of application: Stored) throws -> Member? {
        try Row.fetchOne(
            db.cachedStatement(sql: Self.selectMember + " WHERE application = ? AND volunteer = ?"),
            arguments: [application.rowID, volunteer.string]
        ).map(Member.init(row:))
    }

    /// The members after a volunteer's id, in the order of the ids' bytes, at most `limit`.
    func members(of application: Stored, after volunteer: String, limit: Int) throws -> [Member] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: Self.selectMember + " WHERE application = ? AND volunteer > ? ORDER BY volunteer LIMIT ?"),
            arguments: [application.rowID, volunteer, limit]
        ).map(Member.init(row:))
    }

    func save(_ member: Member?, over before: Member?, of application: Stored) throws {
        guard let member, member != before else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO member (application, volunteer, standing, since, offer_release, offer_expires_at,
                    not_chosen_in, told_of_cancellation)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (application, volunteer) DO UPDATE SET standing = excluded.standing,
                    since = excluded.since, offer_release = excluded.offer_release,
                    offer_expires_at = excluded.offer_expires_at, not_chosen_in = excluded.not_chosen_in,
                    told_of_cancellation = excluded.told_of_cancellation
                """
        ).execute(arguments: [
            application.rowID, member.volunteer.string, member.standing.rawValue, member.since.milliseconds,
            member.offer?.release, member.offer?.expiresAt.milliseconds, member.notChosenIn,
            member.toldOfCancellation,
        ])
    }

    private static let selectMember = """
        SELECT volunteer, standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation
        FROM member
        """
}

extension ApplicationStore.Stored {
    fileprivate init(row: Row, id: ID) throws {
        rowID = row[0]
        application = VolunteerApplication(
            id: id, fundID: .trusted(row[1]),
            details: ApplicationDetails(
                name: row[2], description: row[3], date: try CivilDate(parsing: row[4]),
                startTime: try CivilTime(parsing: row[5]), endTime: try CivilTime(parsing: row[6]), timeZone: row[7]),
            capacity: row[8], status: VolunteerApplication.Status(rawValue: row[9]) ?? .cancelled,
            startsAt: Timestamp(milliseconds: row[10]), confirmed: row[11], waiting: row[12], reserved: row[13],
            release: row[14], sent: row[15], origin: row[16])
    }
}

extension Member {
    fileprivate init(row: Row) {
        var offer: Offer?
        if let release = row[3] as Int?, let expiresAt = row[4] as Int64? {
            offer = Offer(release: release, expiresAt: Timestamp(milliseconds: expiresAt))
        }
        self.init(
            volunteer: .trusted(row[0]), standing: Standing(rawValue: row[1]) ?? .declined,
            since: Timestamp(milliseconds: row[2]), offer: offer, notChosenIn: row[5], toldOfCancellation: row[6])
    }
}
