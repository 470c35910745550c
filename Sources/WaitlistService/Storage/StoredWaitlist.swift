import Contracts
import GRDB
import Ledger
import WaitlistDomain

/// A waiting list as read from its row.
struct StoredWaitlist {
    let rowID: Int64
    let list: Waitlist
    /// The civil times that the list's start is computed from: an update may change only some of them. The row holds no
    /// end, because nothing here depends on it; `endTime` repeats the start.
    let schedule: ApplicationSchedule
}

extension StoredWaitlist {
    static let columns = """
        id, starts_at, date, start_time, time_zone, cancelled, reserved, release, seen, next_sequence, listed, asked,
        outstanding, unasked_from, next_round, scan, scan_round, scan_cursor, scan_end, awaits_reservation,
        epoch, is_incomplete
        """

    /// - Throws: `UnknownColumnValue` if `scan` holds an unknown word.
    init(row: Row, application: ID) throws {
        rowID = row[0]
        let startTime = try CivilTime(parsing: row[3])
        schedule = ApplicationSchedule(
            date: try CivilDate(parsing: row[2]), startTime: startTime, endTime: startTime, timeZone: row[4])
        let purpose = try (row[15] as String?).map(Waitlist.Scan.Purpose.init(column:))
        list = Waitlist(
            application: application, startsAt: Timestamp(milliseconds: row[1]), cancelled: row[5], reserved: row[6],
            release: row[7], seen: row[8], epoch: row[20], nextSequence: row[9], listed: row[10], asked: row[11],
            outstanding: row[12], unaskedFrom: row[13], nextRound: row[14], awaitsReservation: row[19],
            isIncomplete: row[21],
            scan: purpose.map { Waitlist.Scan(purpose: $0, round: row[16], cursor: row[17], end: row[18]) })
    }
}

extension Waitlist.Scan.Purpose {
    /// The word in the column `scan`.
    var column: String {
        switch self {
        case .offers: "offers"
        case .openToAll: "open"
        }
    }

    init(column: String) throws {
        switch column {
        case Self.offers.column: self = .offers
        case Self.openToAll.column: self = .openToAll
        default: throw UnknownColumnValue(column, meaning: "Scan.Purpose")
        }
    }
}
