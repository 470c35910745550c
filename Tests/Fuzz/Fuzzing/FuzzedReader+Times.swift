import Contracts
import Foundation
import Ledger

/// Durations, times and time zones (contract section 1) and trace headers.
extension FuzzedReader {
    static let duration = FuzzedReader(
        "duration",
        seeds: [
            "PT2S", "PT24H", "P1D", "P2W", "P1DT2H3M4.567S", "PT0S", "PT90M", "P3660000D", "P999999999W",
            "PT999999999H999999999M999999999.999S", "PT0.1S",
        ],
        tokens: ["P", "T", "D", "H", "M", "S", "W", ".", "999999999", "P0D", "PT", "-"],
        check: { text throws(Violation) in
            let duration: ISODuration
            do throws(MessageError) {
                duration = try ISODuration(parsing: text)
            } catch {
                try requirePresentable(error.description, about: Array(text.utf8))
                return "refused"
            }
            try require(Limits.durationDays.contains(duration.days), "a duration has too many days")
            try require(
                duration.time >= .zero && duration.time <= .seconds(3_660_000 * 86_400), "a duration is too long")
            let again = try? ISODuration(parsing: duration.description)
            try require(again == duration, "a duration changes when written and read")
            for instant in ClockEdges.instants {
                for zone in ClockEdges.zones {
                    let (late, early) = (duration.after(instant, in: zone), duration.before(instant, in: zone))
                    try require(early <= late, "before() is later than after()")
                    _ = (late.description, early.description)
                }
            }
            let parts = duration.description.filter { !$0.isNumber }
            return "read \(parts)"
        })

    static let time = FuzzedReader(
        "time",
        seeds: [
            "2026-11-21T09:30:00Z", "2026-11-21t09:30:00.25+03:00", "2024-12-08 12:30:00", "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59-23:59", "2024-02-29T23:59:59z", "2024-12-09",
            "14:00:00", "2023-03-26T02:30:00",
        ],
        tokens: ["T", "Z", "+00:00", "-00:00", "+14:00", ":60", "24:00:00", ".000000001", "-02-29", "1900", "2000"],
        check: { text throws(Violation) in
            var outcome: [String] = []
            if let time = try read(text, WireTime.init(parsing:)) {
                try requireWithinLimits(time)
                let again = try? WireTime(parsing: time.description)
                try require(again == time, "a time changes when written and read")
                for zone in ClockEdges.zones { _ = time.timestamp(in: zone).description }
                if case .instant = time { outcome.append("instant") } else { outcome.append("civil") }
                if time.description.utf8.count > 20 { outcome.append("with milliseconds") }
            }
            if let date = try read(text, CivilDate.init(parsing:)) {
                try require(date.description == text, "a date changes when read and written")
                try require((1...7).contains(date.weekday), "a weekday is out of range")
                try require(
                    date.adding(days: 1) >= date && date.adding(days: -1) <= date,
                    "adding days goes in the wrong direction")
                outcome.append("date")
            }
            if let clock = try read(text, CivilTime.init(parsing:)) {
                try require(clock.description == text, "a civil time changes when read and written")
                outcome.append("clock")
            }
            return outcome.isEmpty ? "refused" : outcome.joined(separator: " ")
        })

    static let zone = FuzzedReader(
        "zone",
        seeds: [
            "Europe/Moscow", "America/New_York", "UTC", "GMT-0", "America/Argentina/ComodRivadavia", "Etc/GMT+12",
            "Pacific/Apia", "Australia/Lord_Howe", "Europe/Kiev", "Etc/Unknown", "SystemV/PST8PDT", "EST5EDT", "PST",
        ],
        tokens: ["/", "..", "Etc/", "posix/", "right/", "GMT+3", "_", "+", "-", "A", "z", "9"],
        check: { text throws(Violation) in
            guard let zone = CivilClock.zone(named: text) else { return "refused" }
            try require((1...64).contains(text.utf8.count), "a zone's name is too long")
            for instant in ClockEdges.instants {
                let (date, time) = CivilClock.civil(instant, in: zone)
                let back = CivilClock.timestamp(date, time, in: zone)
                // A repeated hour becomes the earlier one; a skipped day moves forward.
                let bounded = min(max(instant, .earliest), .latest)
                let distance = back - bounded
                try require(
                    distance <= .seconds(26 * 3600) && distance >= .seconds(-26 * 3600),
                    "an instant moves by more than a day when converted and back")
            }
            return "read"
        })

    static let traceparent = FuzzedReader(
        "traceparent",
        seeds: [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        ],
        tokens: ["-", "00", "ff", "0000000000000000"],
        check: { text throws(Violation) in
            guard let parent = Traceparent(text) else { return "refused" }
            let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            try require(parts.map(\.count) == [2, 32, 16, 2], "a header of the wrong length is accepted")
            let isHexadecimal = text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2d
            }
            try require(isHexadecimal, "a header with other characters than hexadecimal digits is accepted")
            try require(
                text.utf8.elementsEqual("00-\(parent.traceID)\(text.suffix(20))".utf8), "a trace id changes when read")
            try require(parts[2].contains { $0 != 0x30 }, "an all-zero span id is accepted")
            return "read"
        })

    /// `nil` for rejected text, after a check of the error text.
    private static func read<Value>(
        _ text: String, _ parse: (String) throws(MessageError) -> Value
    ) throws(Violation) -> Value? {
        do {
            return try parse(text)
        } catch {
            try requirePresentable(error.description, about: Array(text.utf8))
            return nil
        }
    }
}

/// Instants and zones with difficult clock changes.
private enum ClockEdges {
    static let instants = [
        Timestamp.earliest, .latest, Timestamp(milliseconds: .min), Timestamp(milliseconds: .max),
        // Around clock changes in Berlin and New York, and the day that Samoa skipped.
        Timestamp(milliseconds: 1_679_792_400_000), Timestamp(milliseconds: 1_698_541_199_999),
        Timestamp(milliseconds: 1_730_613_600_001), Timestamp(milliseconds: 1_325_239_200_000),
        Timestamp(milliseconds: 0),
    ]
    static let zones = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"].compactMap {
        CivilClock.zone(named: $0)
    }
}
