/// A rule for all years, as the environment variable `TZ` has it in POSIX: `CET-1CEST,M3.5.0,M10.5.0/3`. In a TZif file
/// it says what follows the last transition; there hours may be from -167 to 167 (RFC 9636 section 3.3.1).
struct PosixTimeZone: Hashable, Sendable {
    /// The offset of standard time in seconds, positive to the east. POSIX counts to the west.
    let standardOffset: Int64
    /// `nil` if clocks never change.
    let daylight: Daylight?

    struct Daylight: Hashable, Sendable {
        /// The offset of daylight saving time in seconds. It is less than that of standard time where a law defines
        /// winter time as the exception, as in Ireland.
        let offset: Int64
        /// When daylight saving time begins, on clocks that show standard time.
        let start: Change
        /// When it ends, on clocks that show daylight saving time.
        let end: Change
    }

    /// A day of every year, and a time on clocks.
    struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// `Jn`: 1 to 365; 29 February is not counted.
            case julian(Int)
            /// `n`: 0 to 365.
            case ofYear(Int)
            /// `Mm.n.d`: the n-th of these weekdays (0 for Sunday) in the month; 5 is the last.
            case weekday(month: Int, occurrence: Int, weekday: Int)
        }

        let day: Day
        /// Seconds after the beginning of the day; negative on the days before.
        let time: Int64
    }

    /// The offset from UTC in seconds, positive to the east.
    /// - Parameter seconds: since 1970.
    func offset(at seconds: Int64) -> Int64 {
        let (days, _) = (seconds + standardOffset).flooredDivision(by: 86_400)
        let year = CivilDate(daysSince1970: Int(days)).year
        // The last change may belong to the year before, or, with a time before its day, to the next.
        return changes(in: (year - 1)...(year + 1)).last { $0.instant <= seconds }?.offset ?? standardOffset
    }

    /// The changes of the offset that belong to these years, in seconds since 1970, ascending.
    func changes(in years: ClosedRange<Int>) -> [(instant: Int64, offset: Int64)] {
        guard let daylight else { return [] }
        var changes: [(instant: Int64, offset: Int64)] = []
        for year in years {
            let january1 = Int64(Self.daysSince1970(ofYear: year))
            // Where all of the year is daylight saving time, it ends when that of the next year begins, and the later
            // of the two in this list holds.
            changes.append((daylight.start.seconds(from: january1, year) - standardOffset, daylight.offset))
            changes.append((daylight.end.seconds(from: january1, year) - daylight.offset, standardOffset))
        }
        return changes.enumerated().sorted { ($0.element.instant, $0.offset) < ($1.element.instant, $1.offset) }
            .map(\.element)
    }

    /// The days from 1970-01-01 to 1 January of a year of the proleptic Gregorian calendar; year 0 is allowed.
    static func daysSince1970(ofYear year: Int) -> Int {
        // 400 years (146,097 days) later, so that the divisions round down for year 0 too.
        let year = year - 1 + 400
        return year * 365 + year / 4 - year / 100 + year / 400 - 719_162 - 146_097
    }
}

extension PosixTimeZone.Change {
    /// The seconds on clocks since 1970, without an offset.
    /// - Parameter january1: the days from 1970-01-01 to 1 January of the year.
    fileprivate func seconds(from january1: Int64, _ year: Int) -> Int64 {
        (january1 + Int64(dayOfYear(year, january1: Int(january1)))) * 86_400 + time
    }

    private func dayOfYear(_ year: Int, january1: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch day {
        case .ofYear(let day): return day
        case .julian(let day): return day - 1 + (isLeap && day >= 60 ? 1 : 0)
        case .weekday(let month, let occurrence, let weekday):
            let leapDay = isLeap ? 1 : 0
            let first = Self.daysBefore[month - 1] + (month > 2 ? leapDay : 0)
            let next = Self.daysBefore[month] + (month >= 2 ? leapDay : 0)
            // 1970-01-01 was a Thursday.
            let weekdayOfFirst = ((january1 + first + 4) % 7 + 7) % 7
            let day = first + (weekday - weekdayOfFirst + 7) % 7 + (occurrence - 1) * 7
            return day < next ? day : day - 7
        }
    }

    /// The days of a common year before each month, and of the whole year.
    private static let daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]
}
