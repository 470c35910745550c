import ApplicationDomain
import Contracts
import Ledger

/// The rows by which starts follow the rules of their zones.
extension ApplicationStore where Source == LedgerTransaction {
    /// The fingerprint of the rules that starts were derived by last; nil before the first time.
    func recordedZoneRules() throws -> String? {
        try source.row("SELECT fingerprint FROM zone_rules WHERE id = 1") { $0.text(0) }
    }

    func recordZoneRules(_ fingerprint: String) throws {
        try source.execute("INSERT OR REPLACE INTO zone_rules (id, fingerprint) VALUES (1, ?)", fingerprint)
    }

    /// Applications that the rows say are open or started, after a start and a row, in the order of their starts.
    /// Without those that are being forgotten, whose keys are no ids.
    func starts(
        _ status: VolunteerApplication.Status, after start: Timestamp, _ rowID: Int64, limit: Int
    ) throws -> [ScheduledStart] {
        try source.rows(
            """
            SELECT id, key, starts_at, date, start_time, end_time, time_zone
            FROM application INDEXED BY application_status_by_start
            WHERE status = ? AND (starts_at, id) > (?, ?) AND over_at >= 0 ORDER BY starts_at, id LIMIT ?
            """, status.rawValue, start, rowID, limit, read: ScheduledStart.init)
    }

    /// The start of an application by the rules before the last change; nil if it did not move with it.
    func formerStart(of rowID: Int64) throws -> Timestamp? {
        try source.row("SELECT starts_at FROM former_start WHERE application = ?", rowID) { $0.timestamp(0) }
    }

    func recordFormerStart(_ start: Timestamp, of rowID: Int64) throws {
        try source.execute(
            "INSERT OR REPLACE INTO former_start (application, starts_at) VALUES (?, ?)", rowID, start)
    }
}

/// An application's start, and the civil times that it is derived from.
struct ScheduledStart {
    let rowID: Int64
    let application: ID
    let startsAt: Timestamp
    let schedule: ApplicationSchedule

    /// Whether the rules of the zone now give another instant.
    var isOutdated: Bool { schedule.startByCurrentRules(before: startsAt) != nil }
}

extension ScheduledStart {
    /// - Parameter row: the columns `id`, `key`, `starts_at`, `date`, `start_time`, `end_time`, `time_zone`.
    init(row: RawRow) throws {
        try row.require(columns: 7)
        rowID = row.int64(0)
        application = .trusted(row.text(1))
        startsAt = row.timestamp(2)
        schedule = ApplicationSchedule(
            date: try CivilDate(parsing: row.text(3)), startTime: try CivilTime(parsing: row.text(4)),
            endTime: try CivilTime(parsing: row.text(5)), timeZone: row.text(6))
    }
}
