import Contracts
import GRDB

/// The two clocks by which a file measures ages (contract section 7). With them a wall clock that is wrong for a while,
/// ahead or behind, neither deletes rows early nor keeps them for good.
///
/// They are stored about once a minute: after a crash they go on at most that much earlier.
struct FileTime: Sendable, Hashable {
    /// Time served: begins at the wall clock when the file gets its clocks, and then advances only while a process
    /// serves the file. How long rows are kept for deduplication, resends and clients is measured by it.
    private(set) var served: Timestamp
    /// Follows the wall clock by at most a day in each hour served. What ended on a date is forgotten by it.
    private(set) var calendar: Timestamp
    /// The first value of `served`: rows of earlier versions have no stamp, and count as written then.
    let since: Timestamp

    private static let calendarSpeed = 24
    /// How far the wall clock may be ahead of the calendar to be believed: longer than a service is ever stopped.
    private static let plausibleLag: Duration = .seconds(365 * 86_400)

    init(served: Timestamp, calendar: Timestamp, since: Timestamp) {
        self.served = served
        self.calendar = calendar
        self.since = since
    }

    /// - Parameters:
    ///   - elapsed: the time served since the last call, by the monotonic clock.
    ///   - wall: the wall clock.
    mutating func advance(by elapsed: Duration, wall: Timestamp) {
        guard elapsed > .zero else { return }
        served = served.advanced(by: elapsed)
        let limit = elapsed * Self.calendarSpeed
        calendar = calendar.advanced(by: min(max(wall - calendar, .zero - limit), limit))
    }

    /// The wall clock as far as it can be believed: for stamps that decide when something is forgotten.
    func plausible(_ wall: Timestamp) -> Timestamp {
        min(max(wall, calendar), calendar.advanced(by: Self.plausibleLag))
    }
}

extension FileTime {
    /// Gives a file its clocks when it is first opened.
    static func begin(_ db: Database, now: Timestamp) throws {
        try db.execute(
            sql: """
                INSERT INTO file_time (id, served, calendar, since) VALUES (1, ?1, ?1, ?1) ON CONFLICT DO NOTHING
                """,
            arguments: [now.milliseconds])
    }

    static func read(_ db: Database) throws -> FileTime {
        let row = try Row.fetchOne(db, sql: "SELECT served, calendar, since FROM file_time WHERE id = 1")
        guard let row else { throw LedgerError(.corrupt, "file_time has no row") }
        return FileTime(
            served: Timestamp(milliseconds: row[0]), calendar: Timestamp(milliseconds: row[1]),
            since: Timestamp(milliseconds: row[2]))
    }

    func save(_ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE file_time SET served = ?, calendar = ? WHERE id = 1")
            .execute(arguments: [served.milliseconds, calendar.milliseconds])
    }
}
