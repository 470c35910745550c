import ApplicationDomain
import Contracts
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
        let select = try source.statement(
            """
            SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                starts_at, confirmed, waiting, reserved, release, sent, origin
            FROM application WHERE key = ?
            """)
        try select.bind(1, id.string)
        var stored: StoredApplication?
        try select.forEachRow { stored = try StoredApplication(row: $0) }
        return stored
    }

    /// In the order in which they were created in this partition. The conditions on the status are those of
    /// `VolunteerApplication.status(at:)`: a row may still be `open` after the start.
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
            conditions.append("status = 'open' AND starts_at > ?3")
            dependsOnTime = true
        case .started:
            conditions.append("status IN ('started', 'open') AND (status = 'started' OR starts_at <= ?3)")
            dependsOnTime = true
        }
        if filter.fund != nil { conditions.append("fund = ?4") }
        // Eight filters, so eight cached statements.
        let select = try source.statement(
            composed: """
                SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                    starts_at, confirmed, waiting, reserved, release, sent, origin
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

    // MARK: - Members

    /// - Parameter rowID: the application's row.
    func member(_ volunteer: ID, of rowID: Int64) throws -> Member? {
        let select = try source.statement(
            """
            SELECT standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation, listed
            FROM member WHERE application = ? AND volunteer = ?
            """)
        try select.bind(1, rowID)
        try select.bind(2, volunteer.string)
        var member: Member?
        try select.forEachRow { member = try Member(volunteer, row: $0) }
        return member
    }

    /// At most `limit` members after a volunteer's id, ordered by the bytes of the id.
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
        try select.forEachRow { members.append(try Member(.trusted($0.text(7)), row: $0)) }
        return members
    }
}

extension Member {
    /// - Parameter row: the columns `standing`, `since`, `offer_release`, `offer_expires_at`, `not_chosen_in`,
    ///   `told_of_cancellation`, `listed`.
    fileprivate init(_ volunteer: ID, row: RawRow) throws {
        let offer = row.isNull(2) ? nil : Offer(release: row.int(2), expiresAt: row.timestamp(3))
        self.init(
            volunteer: volunteer, standing: try row.word(0), since: row.timestamp(1), offer: offer,
            notChosenIn: row.int(4), toldOfCancellation: row.bool(5), isListed: row.bool(6))
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
    ///   `origin`.
    init(row: RawRow) throws {
        rowID = row.int64(0)
        let schedule = ApplicationSchedule(
            date: try CivilDate(parsing: row.text(5)), startTime: try CivilTime(parsing: row.text(6)),
            endTime: try CivilTime(parsing: row.text(7)), timeZone: row.text(8))
        application = VolunteerApplication(
            id: .trusted(row.text(1)), fundID: .trusted(row.text(2)),
            details: ApplicationDetails(name: row.text(3), description: row.text(4), schedule: schedule),
            capacity: row.int(9), status: try row.word(10), startsAt: row.timestamp(11), confirmed: row.int(12),
            waiting: row.int(13), reserved: row.int(14), release: row.int(15), sent: row.int(16),
            creationDigest: row.text(17))
    }
}
