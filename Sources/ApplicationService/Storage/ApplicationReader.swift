import ApplicationDomain
import Contracts
import GRDB

/// Applications and members as the last commit left them, read beside the writer.
struct ApplicationReader {
    let db: Database

    /// Which applications a list shall have.
    struct Filter: Sendable, Hashable {
        var status: VolunteerApplication.Status?
        var fund: ID?
    }

    private static let columns = """
        id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status, starts_at, confirmed,
        waiting, reserved, release, sent, origin
        """

    struct Stored: Sendable {
        let rowID: Int64
        let application: VolunteerApplication
    }

    func application(_ id: ID) throws -> Stored? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT \(Self.columns) FROM application WHERE key = ?"), arguments: [id.string]
        ).map(Stored.init(row:))
    }

    /// In the order in which they were created in this partition.
    func applications(_ filter: Filter, after rowID: Int64, limit: Int, now: Timestamp) throws -> [Stored] {
        var conditions = ["id > ?"]
        var arguments: StatementArguments = [rowID]
        if let fund = filter.fund {
            conditions.append("fund = ?")
            arguments += [fund.string]
        }
        switch filter.status {
        case nil: break
        case .cancelled: conditions.append("status = 'cancelled'")
        case .open:
            conditions.append("status = 'open' AND starts_at > ?")
            arguments += [now.milliseconds]
        case .started:
            // Also in the moment before the timer says so.
            conditions.append("status IN ('started', 'open') AND (status = 'started' OR starts_at <= ?)")
            arguments += [now.milliseconds]
        }
        arguments += [limit]
        let condition = conditions.joined(separator: " AND ")
        return try Row.fetchAll(
            db.cachedStatement(sql: "SELECT \(Self.columns) FROM application WHERE \(condition) ORDER BY id LIMIT ?"),
            arguments: arguments
        ).map(Stored.init(row:))
    }

    func member(_ volunteer: ID, of application: Stored) throws -> Member? {
        try Row.fetchOne(
            db.cachedStatement(sql: "\(Self.selectMember) WHERE application = ? AND volunteer = ?"),
            arguments: [application.rowID, volunteer.string]
        ).map(Member.init(row:))
    }

    /// In the order of the ids' bytes.
    func members(of application: Stored, after volunteer: String, limit: Int) throws -> [Member] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "\(Self.selectMember) WHERE application = ? AND volunteer > ? ORDER BY volunteer LIMIT ?"),
            arguments: [application.rowID, volunteer, limit]
        ).map(Member.init(row:))
    }

    private static let selectMember = """
        SELECT volunteer, standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation, listed
        FROM member
        """
}

extension ApplicationReader.Stored {
    fileprivate init(row: Row) throws {
        rowID = row[0]
        let details = ApplicationDetails(
            name: row[3], description: row[4], date: try CivilDate(parsing: row[5]),
            startTime: try CivilTime(parsing: row[6]), endTime: try CivilTime(parsing: row[7]), timeZone: row[8])
        application = VolunteerApplication(
            id: .trusted(row[1]), fundID: .trusted(row[2]), details: details, capacity: row[9],
            status: VolunteerApplication.Status(rawValue: row[10]) ?? .cancelled,
            startsAt: Timestamp(milliseconds: row[11]), confirmed: row[12], waiting: row[13], reserved: row[14],
            release: row[15], sent: row[16], origin: row[17])
    }
}

extension Member {
    fileprivate init(row: Row) {
        let release: Int? = row[3]
        let expiresAt: Int64? = row[4]
        let offer = release.flatMap { release in
            expiresAt.map { Offer(release: release, expiresAt: Timestamp(milliseconds: $0)) }
        }
        self.init(
            volunteer: .trusted(row[0]), standing: Standing(rawValue: row[1]) ?? .declined,
            since: Timestamp(milliseconds: row[2]), offer: offer, notChosenIn: row[5], toldOfCancellation: row[6],
            isListed: row[7])
    }
}
