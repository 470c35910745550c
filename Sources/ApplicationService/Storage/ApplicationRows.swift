import ApplicationDomain
import Contracts
import Ledger

/// Applications and members as they are persisted: for the writer, and for those who read beside it. Each statement
/// stands
/// whole, columns and all, for the writer knows it again by where its text lies.
struct ApplicationRows {
    let source: any StatementSource

    struct Stored: Sendable {
        let rowID: Int64
        let application: VolunteerApplication
    }

    // MARK: - Applications

    func application(_ id: ID) throws -> Stored? {
        let select = try source.statement(
            """
            SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                starts_at, confirmed, waiting, reserved, release, sent, origin
            FROM application WHERE key = ?
            """)
        try select.bind(1, id.string)
        var stored: Stored?
        try select.forEachRow { stored = try Stored(row: $0) }
        return stored
    }

    /// Which applications a list shall have.
    struct Filter: Sendable, Hashable {
        var status: VolunteerApplication.Status?
        var fund: ID?
    }

    /// In the order in which they were created in this partition.
    func applications(_ filter: Filter, after rowID: Int64, limit: Int, now: Timestamp) throws -> [Stored] {
        var conditions = ["id > ?1"]
        var isTimed = false
        switch filter.status {
        case nil: break
        case .cancelled: conditions.append("status = 'cancelled'")
        case .open:
            conditions.append("status = 'open' AND starts_at > ?3")
            isTimed = true
        case .started:
            // Also in the moment before the timer says so.
            conditions.append("status IN ('started', 'open') AND (status = 'started' OR starts_at <= ?3)")
            isTimed = true
        }
        if filter.fund != nil { conditions.append("fund = ?4") }
        // One text for each of eight filters.
        let select = try source.statement(
            composed: """
                SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                    starts_at, confirmed, waiting, reserved, release, sent, origin
                FROM application WHERE \(conditions.joined(separator: " AND ")) ORDER BY id LIMIT ?2
                """)
        try select.bind(1, rowID)
        try select.bind(2, limit)
        if isTimed { try select.bind(3, now.milliseconds) }
        if let fund = filter.fund { try select.bind(4, fund.string) }
        var found: [Stored] = []
        try select.forEachRow { found.append(try Stored(row: $0)) }
        return found
    }

    // MARK: - Members

    func member(_ volunteer: ID, of rowID: Int64) throws -> Member? {
        let select = try source.statement(
            """
            SELECT standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation, listed
            FROM member WHERE application = ? AND volunteer = ?
            """)
        try select.bind(1, rowID)
        try select.bind(2, volunteer.string)
        var member: Member?
        try select.forEachRow { member = Member(volunteer, row: $0) }
        return member
    }

    /// The members after a volunteer's id, in the order of the ids' bytes, at most `limit`.
    func members(of rowID: Int64, after volunteer: String, limit: Int) throws -> [Member] {
        let select = try source.statement(
            """
            SELECT standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation, listed,
                volunteer
            FROM member WHERE application = ? AND volunteer > ? ORDER BY volunteer LIMIT ?
            """)
        try select.bind(1, rowID)
        try select.bind(2, volunteer)
        try select.bind(3, limit)
        var members: [Member] = []
        try select.forEachRow { members.append(Member(.trusted($0.text(7)), row: $0)) }
        return members
    }
}

extension ApplicationRows.Stored {
    fileprivate init(row: RawRow) throws {
        rowID = row.int64(0)
        let details = ApplicationDetails(
            name: row.text(3), description: row.text(4), date: try CivilDate(parsing: row.text(5)),
            startTime: try CivilTime(parsing: row.text(6)), endTime: try CivilTime(parsing: row.text(7)),
            timeZone: row.text(8))
        application = VolunteerApplication(
            id: .trusted(row.text(1)), fundID: .trusted(row.text(2)), details: details, capacity: row.int(9),
            status: VolunteerApplication.Status(rawValue: row.text(10)) ?? .cancelled, startsAt: row.timestamp(11),
            confirmed: row.int(12), waiting: row.int(13), reserved: row.int(14), release: row.int(15),
            sent: row.int(16), origin: row.text(17))
    }
}

extension Member {
    /// From the columns `standing`, `since`, `offer_release`, `offer_expires_at`, `not_chosen_in`,
    /// `told_of_cancellation`, `listed`.
    fileprivate init(_ volunteer: ID, row: RawRow) {
        let offer = row.isNull(2) ? nil : Offer(release: row.int(2), expiresAt: row.timestamp(3))
        self.init(
            volunteer: volunteer, standing: Standing(rawValue: row.text(0)) ?? .declined, since: row.timestamp(1),
            offer: offer, notChosenIn: row.int(4), toldOfCancellation: row.bool(5), isListed: row.bool(6))
    }
}
