import Contracts
import Foundation
import Testing

@Suite struct `Times` {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (1_795_253_400_000, "2026-11-21T09:30:00Z"), (1_795_253_400_250, "2026-11-21T09:30:00.250Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"), (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
        (Int64.min, "0001-01-01T00:00:00Z"),
    ])
    func `an instant is written in UTC, with milliseconds unless they are 0`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test(arguments: [
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00Z"), ("2026-11-21t09:30:00z", "2026-11-21T09:30:00Z"),
        ("2026-11-21 09:30:00Z", "2026-11-21T09:30:00Z"), ("2026-11-21T12:30:00+03:00", "2026-11-21T09:30:00Z"),
        ("2026-11-21T00:00:00+05:30", "2026-11-20T18:30:00Z"), ("2026-11-21T09:30:00-00:00", "2026-11-21T09:30:00Z"),
        ("2026-12-31T23:59:59-23:59", "2027-01-01T23:58:59Z"), ("2026-11-21T09:30:00.25Z", "2026-11-21T09:30:00.250Z"),
        ("2026-11-21T09:30:00.000999999Z", "2026-11-21T09:30:00Z"),
        ("2026-11-21T09:30:00.9999Z", "2026-11-21T09:30:00.999Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ])
    func `a time with a zone is an instant`(text: String, inUTC: String) throws {
        let time = try WireTime(parsing: text)
        #expect(time.description == inUTC)
        #expect(try time.timestamp(in: zone("Asia/Tokyo")) == instant(inUTC))
    }

    @Test(arguments: [
        ("2024-12-08T14:00:00", "2024-12-08T14:00:00"), ("2024-12-08 14:00:00", "2024-12-08T14:00:00"),
        ("2024-12-08t14:00:00.123456789", "2024-12-08T14:00:00"),
    ])
    func `a time without a zone is civil, and written without one`(text: String, written: String) throws {
        let time = try WireTime(parsing: text)
        #expect(time == .civil(try CivilDate(parsing: "2024-12-08"), try CivilTime(parsing: "14:00:00")))
        #expect(time.description == written)
        #expect(try time.timestamp(in: zone("UTC")) == instant("2024-12-08T14:00:00Z"))
        #expect(try time.timestamp(in: zone("Asia/Tokyo")) == instant("2024-12-08T05:00:00Z"))
    }

    @Test(arguments: [
        "", "2026-11-21", "09:30:00", "2026-11-21T09:30Z", "2026-11-21T09:30:60Z", "2026-11-21T24:00:00Z",
        "2026-02-29T09:30:00Z", "2026-13-21T09:30:00Z", "2026-11-21T09:30:00.Z", "2026-11-21T09:30:00.1234567890Z",
        "2026-11-21T09:30:00+3", "2026-11-21T09:30:00+0300", "2026-11-21T09:30:00+24:00", "2026-11-21T09:30:00+03:60",
        "2026-11-21T09:30:00ZZ", " 2026-11-21T09:30:00Z", "2026-11-21T09:30:00Z ", "2026-11-21X09:30:00Z",
        "0000-12-31T09:30:00Z", "10000-01-01T00:00:00Z", "-2026-11-21T09:30:00Z", "20261121T093000Z", "1795253400",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-11-21T09:30:00,5Z", "２026-11-21T09:30:00Z",
        "2026-11-21T09:30:00\u{0}", String(repeating: "9", count: 10_000),
    ])
    func `any other text is not a time`(text: String) {
        #expect(throws: MessageError.self) { try WireTime(parsing: text) }
    }

    @Test func `arithmetic is clamped`() {
        let time = Timestamp(milliseconds: 1_000)
        #expect(time.advanced(by: .milliseconds(500)).milliseconds == 1_500)
        #expect(time.advanced(by: .milliseconds(-1_500)).milliseconds == -500)
        #expect(time.advanced(by: .microseconds(1_999)).milliseconds == 1_001)
        #expect(Timestamp(milliseconds: .max).advanced(by: .seconds(1)).milliseconds == .max)
        #expect(Timestamp(milliseconds: .min).advanced(by: .seconds(-1)).milliseconds == .min)
        #expect(Timestamp(milliseconds: .min).advanced(by: .milliseconds(-100)).milliseconds == .min)
        #expect(time.advanced(by: .seconds(Int64.max)).milliseconds == .max)
        #expect(time - Timestamp(milliseconds: 1_500) == .milliseconds(-500))
        #expect(Timestamp(milliseconds: .max) - Timestamp(milliseconds: .min) > .zero)
        #expect(Timestamp(date: Date(timeIntervalSince1970: 1.2345)).milliseconds == 1_234)
        #expect(Timestamp(date: .distantFuture) <= .latest)
        #expect(Timestamp(date: Date(timeIntervalSince1970: .infinity)) == .latest)
        #expect(Timestamp.now() > Timestamp(milliseconds: 1_700_000_000_000))
    }
}

@Suite struct `Civil time` {
    @Test(
        arguments: [
            // Ordinary days, on both sides of a clock change.
            ("Europe/Berlin", "2026-01-15", "14:00:00", "2026-01-15T13:00:00Z"),
            ("Europe/Berlin", "2026-07-15", "14:00:00", "2026-07-15T12:00:00Z"),
            ("Europe/Berlin", "2026-03-29", "01:59:59", "2026-03-29T00:59:59Z"),
            ("Europe/Berlin", "2026-03-29", "03:00:00", "2026-03-29T01:00:00Z"),
            // Skipped: moves forward by the missing hour.
            ("Europe/Berlin", "2026-03-29", "02:00:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29", "02:30:00", "2026-03-29T01:30:00Z"),
            // Repeated: the earlier.
            ("Europe/Berlin", "2026-10-25", "02:00:00", "2026-10-25T00:00:00Z"),
            ("Europe/Berlin", "2026-10-25", "02:30:00", "2026-10-25T00:30:00Z"),
            ("Europe/Berlin", "2026-10-25", "03:00:00", "2026-10-25T02:00:00Z"),
            ("America/New_York", "2026-11-01", "01:30:00", "2026-11-01T05:30:00Z"),
            ("America/New_York", "2026-03-08", "02:30:00", "2026-03-08T07:30:00Z"),
            // Midnight is skipped.
            ("America/Santiago", "2026-09-06", "00:00:00", "2026-09-06T04:00:00Z"),
            ("America/Santiago", "2026-09-06", "00:30:00", "2026-09-06T04:30:00Z"),
            ("Asia/Beirut", "2026-03-29", "00:30:00", "2026-03-28T22:30:00Z"),
            // Half an hour is skipped and repeated.
            ("Australia/Lord_Howe", "2026-10-04", "02:15:00", "2026-10-03T15:45:00Z"),
            ("Australia/Lord_Howe", "2026-04-05", "01:45:00", "2026-04-04T14:45:00Z"),
            // A whole day is skipped.
            ("Pacific/Apia", "2011-12-29", "12:00:00", "2011-12-29T22:00:00Z"),
            ("Pacific/Apia", "2011-12-30", "02:30:00", "2011-12-30T12:30:00Z"),
            ("Pacific/Apia", "2011-12-30", "23:59:59", "2011-12-31T09:59:59Z"),
            ("Pacific/Apia", "2011-12-31", "00:00:00", "2011-12-30T10:00:00Z"),
            // A whole day is repeated.
            ("Pacific/Kwajalein", "1969-09-30", "12:00:00", "1969-09-30T01:00:00Z"),
            ("Asia/Kathmandu", "2026-01-01", "00:00:00", "2025-12-31T18:15:00Z"),
            ("UTC", "0001-01-01", "00:00:00", "0001-01-01T00:00:00Z"),
        ])
    func `a civil time is one instant`(name: String, date: String, time: String, expected: String) throws {
        let timestamp = CivilClock.timestamp(
            try CivilDate(parsing: date), try CivilTime(parsing: time), in: try zone(name))
        #expect(timestamp.description == expected)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25 02:30:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00.999Z", "2026-10-25 02:30:00"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29 23:59:59"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31 00:00:00"),
        ("UTC", "1969-12-31T23:59:59.001Z", "1969-12-31 23:59:59"),
        ("Pacific/Kiritimati", "9999-12-31T23:59:59Z", "9999-12-31 13:59:59"),
    ])
    func `an instant is one civil time`(name: String, text: String, expected: String) throws {
        let (date, time) = CivilClock.civil(try instant(text), in: try zone(name))
        #expect("\(date) \(time)" == expected)
    }

    @Test func `instants of several years are converted to civil time and back`() throws {
        for name in ["Europe/Berlin", "America/New_York", "Asia/Tehran", "Africa/Casablanca", "Antarctica/Troll"] {
            let zone = try zone(name)
            var time = try instant("2021-01-01T00:20:00Z")
            let end = try instant("2027-01-01T00:00:00Z")
            while time < end {
                let (date, clock) = CivilClock.civil(time, in: zone)
                let back = CivilClock.timestamp(date, clock, in: zone)
                // Only a repeated time may differ, and then it is the earlier.
                #expect(back == time || (back < time && CivilClock.civil(back, in: zone) == (date, clock)))
                time = time.advanced(by: .seconds(3 * 3600))
            }
        }
    }

    @Test func `an end not later than the start is on the next day`() throws {
        func span(_ start: String, _ end: String) throws -> String {
            let schedule = ApplicationSchedule(
                date: try CivilDate(parsing: "2026-12-31"), startTime: try CivilTime(parsing: start),
                endTime: try CivilTime(parsing: end), timeZone: "Europe/Moscow")
            return "\(schedule.startsAt) \(schedule.endsAt)"
        }
        #expect(try span("14:00:00", "18:00:00") == "2026-12-31T11:00:00Z 2026-12-31T15:00:00Z")
        #expect(try span("22:00:00", "06:00:00") == "2026-12-31T19:00:00Z 2027-01-01T03:00:00Z")
        #expect(try span("14:00:00", "14:00:00") == "2026-12-31T11:00:00Z 2027-01-01T11:00:00Z")
    }

    @Test(arguments: [
        ("2024-02-28", 1, "2024-02-29"), ("2023-02-28", 1, "2023-03-01"), ("2024-12-31", 1, "2025-01-01"),
        ("2024-03-01", -1, "2024-02-29"), ("1970-01-01", -1, "1969-12-31"), ("2000-01-01", 146_097, "2400-01-01"),
        ("9999-12-31", 1, "9999-12-31"), ("0001-01-01", -1, "0001-01-01"), ("2024-01-01", .max, "9999-12-31"),
        ("2024-01-01", .min, "0001-01-01"), ("1900-02-28", 1, "1900-03-01"),
    ])
    func `days are added by the calendar, up to its ends`(date: String, days: Int, expected: String) throws {
        #expect(try CivilDate(parsing: date).adding(days: days).description == expected)
    }

    @Test func `dates and times are ordered`() throws {
        #expect(try CivilDate(parsing: "2024-12-09") < CivilDate(parsing: "2025-01-01"))
        #expect(try CivilDate(parsing: "2024-11-30") < CivilDate(parsing: "2024-12-01"))
        #expect(try CivilTime(parsing: "09:59:59") < CivilTime(parsing: "10:00:00"))
    }

    @Test(arguments: [
        "UTC", "GMT", "Etc/UTC", "Etc/GMT+3", "Etc/GMT-14", "Europe/Berlin", "Europe/Moscow", "Europe/Kiev",
        "Europe/Kyiv",
        "Asia/Calcutta", "US/Pacific", "America/Argentina/ComodRivadavia", "EST5EDT", "W-SU", "Zulu", "NZ-CHAT",
    ])
    func `an IANA name is a time zone`(name: String) {
        #expect(CivilClock.zone(named: name) != nil)
    }

    @Test(arguments: [
        "", " ", "/", "Europe", "Europe/", "/Europe/Berlin", "Europe/Atlantis", "europe/berlin", "Europe/Berlin ",
        "PST",
        "IST",
        "MSK", "GMT+3", "UTC+3", "+03:00", "Z", "EST5EDT+3", "EST5EDT,M3.2.0,M11.1.0", "Etc/Unknown", "SystemV/AST4",
        "../../etc/passwd", "/etc/localtime", "Europe/../Europe/Berlin", "posix/Europe/Berlin", "Europe/Berlin\u{0}",
        String(repeating: "a/", count: 50_000), "Европа/Москва",
    ])
    func `any other name is not a time zone`(name: String) {
        #expect(CivilClock.zone(named: name) == nil)
    }
}

@Suite struct `Durations` {
    @Test(arguments: [
        ("PT2S", 0, 2_000, "PT2S"), ("PT24H", 0, 86_400_000, "PT24H"), ("P1D", 1, 0, "P1D"), ("P2W", 14, 0, "P14D"),
        ("P1DT2H3M4S", 1, 7_384_000, "P1DT2H3M4S"), ("PT90M", 0, 5_400_000, "PT1H30M"), ("PT0S", 0, 0, "PT0S"),
        ("P0D", 0, 0, "PT0S"), ("PT0.25S", 0, 250, "PT0.250S"), ("PT3600S", 0, 3_600_000, "PT1H"),
        ("P3660000D", 3_660_000, 0, "P3660000D"), ("PT1H0.5S", 0, 3_600_500, "PT1H0.500S"),
    ])
    func `a duration is parsed, and written in its normal form`(
        text: String, days: Int, milliseconds: Int, written: String
    ) throws {
        let duration = try ISODuration(parsing: text)
        #expect(duration == ISODuration(days: days, time: .milliseconds(milliseconds)))
        #expect(duration.days == days)
        #expect(duration.time == .milliseconds(milliseconds))
        #expect(duration.description == written)
        #expect(try ISODuration(parsing: written) == duration)
    }

    @Test(arguments: [
        "", "P", "PT", "P1", "1D", "P1DT", "-P1D", "P-1D", "PT1D", "P1H", "P1M", "P1Y", "PT1S2M", "PT1H1H", "P1W1D",
        "P1D1W",
        "P1.5D", "PT1.5H", "PT1.S", "PT.5S", "PT1.2345S", "p1d", "P1D ", "P 1D", "PT1S\u{0}", "P3660001D",
        "P99999999999999999999D", "PT9999999999H", "PTT1S", "P１D", String(repeating: "9", count: 10_000),
    ])
    func `any other text is not a duration`(text: String) {
        #expect(throws: MessageError.self) { try ISODuration(parsing: text) }
    }

    @Test(arguments: [
        // A day across a clock change keeps the civil time; 24 hours do not.
        ("P1D", "Europe/Berlin", "2026-03-28T13:00:00.250Z", "2026-03-29T12:00:00.250Z"),
        ("PT24H", "Europe/Berlin", "2026-03-28T13:00:00.250Z", "2026-03-29T13:00:00.250Z"),
        ("P1D", "Europe/Berlin", "2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"),
        ("P1D", "Pacific/Apia", "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"),
        // Without days, an instant in the second of a repeated hour stays there.
        ("PT0S", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
        ("P1DT2H", "UTC", "2026-12-31T00:00:00Z", "2027-01-01T02:00:00Z"),
    ])
    func `after() adds days by the calendar and hours absolutely`(
        text: String, name: String, from: String, expected: String
    ) throws {
        #expect(try ISODuration(parsing: text).after(instant(from), in: zone(name)).description == expected)
    }

    @Test(arguments: [
        ("P1D", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T13:00:00Z"),
        ("P1D", "Europe/Berlin", "2026-10-26T01:30:00Z", "2026-10-25T00:30:00Z"),
        ("PT2H", "Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z"),
        ("P1DT2H", "UTC", "2027-01-01T02:00:00Z", "2026-12-31T00:00:00Z"),
        ("P3660000D", "UTC", "2027-01-01T02:00:00Z", "0001-01-01T02:00:00Z"),
    ])
    func `before() subtracts days by the calendar and hours absolutely`(
        text: String, name: String, from: String, expected: String
    ) throws {
        #expect(try ISODuration(parsing: text).before(instant(from), in: zone(name)).description == expected)
    }

    @Test func `a duration out of bounds is clamped`() {
        #expect(ISODuration(days: -1, time: .seconds(-1)) == ISODuration())
        #expect(ISODuration(days: .max).days == Limits.durationDays.upperBound)
        #expect(ISODuration(time: .microseconds(1_500)).time == .milliseconds(1))
    }
}
