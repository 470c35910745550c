import ApplicationDomain
import Contracts
import Ledger

/// An application as its row holds it.
struct StoredApplication: Sendable {
    let rowID: Int64
    let application: VolunteerApplication
    /// The partitions of NotifierService that know it.
    let notifiers: NotifierPartitions
}

extension StoredApplication {
    /// - Parameter row: the columns `id`, `key`, `fund`, `name`, `description`, `date`, `start_time`, `end_time`,
    ///   `time_zone`, `capacity`, `status`, `starts_at`, `confirmed`, `waiting`, `reserved`, `release`, `sent`,
    ///   `origin`, `openings`, `cancel_reason`, `created_at`, `updated_at`, `reserved_grew_at`, `notifiers`.
    init(row: RawRow) throws {
        try row.require(columns: 24)
        rowID = row.int64(0)
        let schedule = ApplicationSchedule(
            date: try CivilDate(parsing: row.text(5)), startTime: try CivilTime(parsing: row.text(6)),
            endTime: try CivilTime(parsing: row.text(7)), timeZone: row.text(8))
        application = VolunteerApplication(
            id: .trusted(row.text(1)), fundID: .trusted(row.text(2)),
            details: ApplicationDetails(name: row.text(3), description: row.text(4), schedule: schedule),
            capacity: row.int(9), status: try row.word(10), startsAt: row.timestamp(11), confirmed: row.int(12),
            waiting: row.int(13), reserved: row.int(14), release: row.int(15), openings: row.int(18),
            sent: row.int(16), creationDigest: row.text(17), cancelReason: row.optionalText(19),
            createdAt: row.int64(20) == 0 ? nil : row.timestamp(20), updatedAt: row.optionalTimestamp(21),
            reservedGrewAt: row.optionalTimestamp(22))
        notifiers = NotifierPartitions(column: row.isNull(23) ? nil : row.bytes(23))
    }
}
