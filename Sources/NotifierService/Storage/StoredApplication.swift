import Contracts
import GRDB
import Ledger
import NotifierDomain

/// An application as read from its row.
struct StoredApplication {
    let rowID: Int64
    let application: ApplicationSnapshot
    /// Whether messages that came before the create are still buffered.
    let hasBuffered: Bool
    /// The epoch of ApplicationService's stream in which it last spoke of the application; 0 if that is unknown.
    let epoch: Int64
    /// The fund that calls for volunteers; nil if an earlier version stored the application.
    let fund: ID?

    /// Whether it only waits for its rows to be deleted.
    var isDetached: Bool { application.id.string == OverRow.detachedKey(of: rowID) }
}

extension StoredApplication {
    static let select = """
        SELECT id, key, name, date, start_time, end_time, time_zone, cancelled, edition, has_early, moved_in, moved_at,
            starts_at, epoch, told_edition, from_state, fund
        FROM application
        """

    init(row: Row) throws {
        rowID = row[0]
        application = ApplicationSnapshot(
            id: .trusted(row[1]), name: row[2],
            schedule: ApplicationSchedule(
                date: try CivilDate(parsing: row[3]), startTime: try CivilTime(parsing: row[4]),
                endTime: try CivilTime(parsing: row[5]), timeZone: row[6]),
            startsAt: (row[12] as Int64?).map { Timestamp(milliseconds: $0) }, isCancelled: row[7], version: row[8],
            movedInVersion: row[10],
            movedAt: Timestamp(milliseconds: row[11]), toldVersion: row[14], isFromState: row[15])
        hasBuffered = row[9]
        epoch = row[13]
        fund = (row[16] as String?).map(ID.trusted)
    }
}
