import Contracts
import Foundation
import Ledger
import NotifierDomain

/// Durations, times and zones (contract section 1).
extension Subject {
    static let duration = Subject(
        "duration",
        seeds: [
            "PT2S", "PT24H", "P1D", "P2W", "P1DT2H3M4.567S", "PT0S", "PT90M", "P3660000D", "P999999999W",
            "PT999999999H999999999M999999999.999S", "PT0.1S",
        ],
        pieces: ["P", "T", "D", "H", "M", "S", "W", ".", "999999999", "P0D", "PT", "-"],
        judge: { text throws(Flaw) in
            let duration: ISODuration
            do throws(MessageError) {
                duration = try ISODuration(parsing: text)
            } catch {
                try requireFit(error.description, about: Array(text.utf8))
                return "refused"
            }
            try require(Limits.durationDays.contains(duration.days), "a duration has too many days")
            try require(
                duration.time >= .zero && duration.time <= .seconds(3_660_000 * 86_400), "a duration is too long")
            let again = try? ISODuration(parsing: duration.description)
            try require(again == duration, "a duration is read from its writing as something else")
            for instant in Moments.instants {
                for zone in Moments.zones {
                    let (late, early) = (duration.after(instant, in: zone), duration.before(instant, in: zone))
                    try require(early <= late, "before is later than after")
                    _ = (late.description, early.description)
                }
            }
            let parts = duration.description.filter { !$0.isNumber }
            return "read \(parts)"
        })

    static let time = Subject(
        "time",
        seeds: [
            "2026-11-21T09:30:00Z", "2026-11-21t09:30:00.25+03:00", "2024-12-08 12:30:00", "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59-23:59", "2024-02-29T23:59:59z", "2024-12-09",
            "14:00:00", "2023-03-26T02:30:00",
        ],
        pieces: ["T", "Z", "+00:00", "-00:00", "+14:00", ":60", "24:00:00", ".000000001", "-02-29", "1900", "2000"],
        judge: { text throws(Flaw) in
            var answer: [String] = []
            if let time = try read(text, WireTime.init(parsing:)) {
                try requireWithinLimits(time)
                let again = try? WireTime(parsing: time.description)
                try require(again == time, "a time is read from its writing as something else")
                for zone in Moments.zones { _ = time.timestamp(in: zone).description }
                if case .instant = time { answer.append("instant") } else { answer.append("civil") }
                if time.description.utf8.count > 20 { answer.append("with milliseconds") }
            }
            if let date = try read(text, CivilDate.init(parsing:)) {
                try require(date.description == text, "a date is written in another way than it was read")
                try require((1...7).contains(date.weekday), "a week has other days")
                try require(date.adding(days: 1) >= date && date.adding(days: -1) <= date, "days are out of order")
                answer.append("date")
            }
            if let clock = try read(text, CivilTime.init(parsing:)) {
                try require(clock.description == text, "a clock time is written in another way than it was read")
                answer.append("clock")
            }
            return answer.isEmpty ? "refused" : answer.joined(separator: " ")
        })

    static let zone = Subject(
        "zone",
        seeds: [
            "Europe/Moscow", "America/New_York", "UTC", "GMT-0", "America/Argentina/ComodRivadavia", "Etc/GMT+12",
            "Pacific/Apia", "Australia/Lord_Howe", "Europe/Kiev", "Etc/Unknown", "SystemV/PST8PDT", "EST5EDT", "PST",
        ],
        pieces: ["/", "..", "Etc/", "posix/", "right/", "GMT+3", "_", "+", "-", "A", "z", "9"],
        judge: { text throws(Flaw) in
            guard let zone = CivilClock.zone(named: text) else { return "refused" }
            try require((1...64).contains(text.utf8.count), "a zone's name is too long")
            for instant in Moments.instants {
                let (date, time) = CivilClock.civil(instant, in: zone)
                let back = CivilClock.timestamp(date, time, in: zone)
                // An hour that is there twice may be the earlier; a day that was skipped moves on.
                let bounded = min(max(instant, .earliest), .latest)
                let distance = back - bounded
                try require(
                    distance <= .seconds(26 * 3600) && distance >= .seconds(-26 * 3600),
                    "clocks that are read and set again are a day apart")
            }
            return "read"
        })

    static let reminder = Subject(
        "reminder",
        seeds: ["1 P1D", "17 PT2H", "9223372036854775807 PT0S", "-1 P1DT1H", "+5 PT1S"],
        pieces: [" ", "  ", "P1D", "PT2H"],
        judge: { text throws(Flaw) in
            guard let key = try? ReminderKey(parsing: text) else { return "refused" }
            guard let again = try? ReminderKey(parsing: key.text) else {
                throw Flaw("a key that is written is not read")
            }
            try require(again.audience == key.audience && again.lead == key.lead, "a key is read as something else")
            return "read"
        })

    static let traceparent = Subject(
        "traceparent",
        seeds: [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        ],
        pieces: ["-", "00", "ff", "0000000000000000"],
        judge: { text throws(Flaw) in
            guard let parent = Traceparent(text) else { return "refused" }
            let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            try require(parts.map(\.count) == [2, 32, 16, 2], "a header of another length than 00's is read")
            let isHexadecimal = text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2d
            }
            try require(isHexadecimal, "a header with something else than hexadecimal digits is read")
            try require(text.utf8.elementsEqual("00-\(parent.traceID)\(text.suffix(20))".utf8), "a trace id is another")
            try require(parts[2].contains { $0 != 0x30 }, "a span of zeros is read")
            return "read"
        })

    /// Nil for what is refused, with a fit complaint.
    private static func read<Value>(
        _ text: String, _ parse: (String) throws(MessageError) -> Value
    ) throws(Flaw) -> Value? {
        do {
            return try parse(text)
        } catch {
            try requireFit(error.description, about: Array(text.utf8))
            return nil
        }
    }
}

/// Times and places at which clocks are hard.
private enum Moments {
    static let instants = [
        Timestamp.earliest, .latest, Timestamp(milliseconds: .min), Timestamp(milliseconds: .max),
        // Around changes of clocks in Berlin and New York, and the day that Samoa never had.
        Timestamp(milliseconds: 1_679_792_400_000), Timestamp(milliseconds: 1_698_541_199_999),
        Timestamp(milliseconds: 1_730_613_600_001), Timestamp(milliseconds: 1_325_239_200_000),
        Timestamp(milliseconds: 0),
    ]
    static let zones = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"].compactMap {
        CivilClock.zone(named: $0)
    }
}
