public import Foundation

/// Converts between instants and civil time in a zone, by the rules of contract section 1: a civil time that a clock
/// change skips moves forward by the length of the gap; one that it repeats is the earlier.
public enum CivilClock {
    /// The instant at which clocks in the zone show the date and time.
    public static func timestamp(_ date: CivilDate, _ time: CivilTime, in zone: TimeZone) -> Timestamp {
        let asIfUTC = Int64(date.daysSince1970) * 86_400 + Int64(time.secondOfDay)
        // Offsets are between -16 and +16 hours, so any clock change is between a day before and a day after.
        let before = offset(in: zone, at: asIfUTC - 86_400)
        let after = offset(in: zone, at: asIfUTC + 86_400)
        // The greater offset gives the earlier instant, which is the right one if both hold.
        for candidate in [max(before, after), min(before, after)]
        where offset(in: zone, at: asIfUTC - candidate) == candidate {
            return Timestamp(milliseconds: (asIfUTC - candidate) * 1000)
        }
        // Skipped: the offset before the change moves the time forward by the length of the gap.
        return Timestamp(milliseconds: (asIfUTC - before) * 1000)
    }

    /// The date and time that clocks in the zone show at the instant, in whole seconds.
    public static func civil(_ instant: Timestamp, in zone: TimeZone) -> (CivilDate, CivilTime) {
        let bounded = min(max(instant, .earliest), .latest)
        let seconds = bounded.milliseconds.flooredDivision(by: 1000).quotient
        let (days, second) = (seconds + offset(in: zone, at: seconds)).flooredDivision(by: 86_400)
        return (CivilDate(daysSince1970: Int(days)), CivilTime(secondOfDay: Int(second)))
    }

    /// The zone with an IANA name, including links such as `Europe/Kiev`; `nil` for any other string.
    ///
    /// Foundation also knows abbreviations (`PST`, `IST`) and offsets (`GMT+3`), which are ambiguous. IANA names have a
    /// slash, except for ``namesWithoutSlash``.
    public static func zone(named name: String) -> TimeZone? {
        // The longest IANA name has 32 bytes (America/Argentina/ComodRivadavia). Foundation stops reading at a NUL.
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte) else { return nil }
        if name.utf8.contains(UInt8(ascii: "/")) {
            // Names that only ICU has.
            guard !name.hasPrefix("SystemV/"), name != "Etc/Unknown" else { return nil }
        } else {
            guard namesWithoutSlash.contains(name) else { return nil }
        }
        return TimeZone(identifier: name)
    }

    /// All IANA names without a slash, `backward` included, except `Factory`, which is not a place (tzdata 2025b).
    static let namesWithoutSlash: Set<String> = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0",
        "GMT0",
        "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya", "MET",
        "MST",
        "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK", "Singapore",
        "Turkey",
        "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The offset from UTC in seconds, positive to the east.
    private static func offset(in zone: TimeZone, at seconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }
}
