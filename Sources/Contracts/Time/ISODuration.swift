/// A duration by ISO 8601, such as `PT2S`, `PT24H` or `P1D` (contract section 1). Days are calendar days at the same
/// civil time; hours, minutes and seconds are absolute. Never negative.
public struct ISODuration: Hashable, Sendable, CustomStringConvertible {
    /// Calendar days; a week is seven days.
    public let days: Int
    /// Hours, minutes and seconds, to the millisecond.
    public let time: Duration

    /// - Parameters:
    ///   - days: calendar days, clamped to ``Limits/durationDays``.
    ///   - time: the absolute part, clamped likewise and truncated to milliseconds.
    public init(days: Int = 0, time: Duration = .zero) {
        self.days = min(max(days, Limits.durationDays.lowerBound), Limits.durationDays.upperBound)
        let longest = Duration.seconds(Int64(Limits.durationDays.upperBound) * 86_400)
        let (seconds, attoseconds) = min(max(time, .zero), longest).components
        self.time = .milliseconds(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    /// Reads `PnDTnHnMnS`, with at least one part and in that order, or `PnW`. Seconds may have a fraction of 1 to 3
    /// digits.
    /// - Throws: ``MessageError`` with code `badValue`.
    public init(parsing string: String) throws(MessageError) {
        guard let duration = Self.read(string) else {
            throw MessageError(code: .badValue, detail: "must be a duration by ISO 8601, such as PT24H or P1D")
        }
        self = duration
    }

    /// Its length if each day has 24 hours, for what does not depend on a time zone.
    public var nominal: Duration { .seconds(days * 86_400) + time }

    /// The instant after the duration: first the days, at the same civil time, then the absolute part.
    public func after(_ instant: Timestamp, in zone: ZoneRules) -> Timestamp {
        Self.shift(instant, days: days, in: zone).advanced(by: time)
    }

    /// The instant before the duration: first the days, at the same civil time, then the absolute part.
    public func before(_ instant: Timestamp, in zone: ZoneRules) -> Timestamp {
        Self.shift(instant, days: -days, in: zone).advanced(by: .zero - time)
    }

    /// The normal form: `PT1H30M` for `PT90M`, and `PT0S` for an empty duration.
    public var description: String {
        let (whole, attoseconds) = time.components
        let milliseconds = Int(attoseconds / 1_000_000_000_000_000)
        var text = "P"
        if days > 0 { text += "\(days)D" }
        if days > 0, whole == 0, milliseconds == 0 { return text }
        text += "T"
        if whole / 3600 > 0 { text += "\(whole / 3600)H" }
        if whole / 60 % 60 > 0 { text += "\(whole / 60 % 60)M" }
        if milliseconds > 0 {
            text += "\(whole % 60).\(String(1000 + milliseconds).dropFirst())S"
        } else if whole % 60 > 0 || whole == 0 {
            text += "\(whole % 60)S"
        }
        return text
    }

    private static func shift(_ instant: Timestamp, days: Int, in zone: ZoneRules) -> Timestamp {
        // Without days the civil time must not be used: it would move an instant in a repeated hour to the earlier one.
        guard days != 0 else { return instant }
        let (date, time) = CivilClock.civil(instant, in: zone)
        let fraction = instant.milliseconds.flooredDivision(by: 1000).remainder
        return CivilClock.timestamp(date.adding(days: days), time, in: zone).advanced(by: .milliseconds(fraction))
    }

    /// The parts, in the order of the text. Those after `T` are absolute.
    private enum Part: Int {
        case week, day, hour, minute, second

        init?(designator: UInt8, afterT: Bool) {
            switch (designator, afterT) {
            case (UInt8(ascii: "W"), false): self = .week
            case (UInt8(ascii: "D"), false): self = .day
            case (UInt8(ascii: "H"), true): self = .hour
            case (UInt8(ascii: "M"), true): self = .minute
            case (UInt8(ascii: "S"), true): self = .second
            default: return nil
            }
        }

        var milliseconds: Int64 {
            switch self {
            case .week: 7 * 86_400_000
            case .day: 86_400_000
            case .hour: 3_600_000
            case .minute: 60_000
            case .second: 1000
            }
        }
    }

    private static func read(_ string: String) -> ISODuration? {
        var bytes = Substring(string).utf8
        guard bytes.popFirst() == UInt8(ascii: "P") else { return nil }
        var afterT = false
        var last: Part?
        var days: Int64 = 0
        var milliseconds: Int64 = 0
        while !bytes.isEmpty {
            if !afterT, bytes.first == UInt8(ascii: "T") {
                afterT = true
                bytes.removeFirst()
            }
            guard let (number, fraction) = readNumber(&bytes), let designator = bytes.popFirst(),
                let part = Part(designator: designator, afterT: afterT), fraction == nil || part == .second
            else { return nil }
            // Weeks exclude all other parts; the others come in order, each at most once.
            if let last, last == .week || part.rawValue <= last.rawValue { return nil }
            last = part
            // Nine digits times the milliseconds of a week is far below 2^63.
            let length = number * part.milliseconds + (fraction ?? 0)
            if afterT { milliseconds += length } else { days += length / 86_400_000 }
        }
        let maxDays = Int64(Limits.durationDays.upperBound)
        guard last != nil, days <= maxDays, milliseconds <= maxDays * 86_400_000 else { return nil }
        return ISODuration(days: Int(days), time: .milliseconds(milliseconds))
    }

    /// A number of up to 9 digits, and the milliseconds of an optional fraction.
    private static func readNumber(_ bytes: inout Substring.UTF8View) -> (Int64, fraction: Int64?)? {
        guard let (number, _) = readDigits(&bytes, maxCount: 9) else { return nil }
        guard bytes.first == UInt8(ascii: ".") else { return (number, nil) }
        bytes.removeFirst()
        guard let (fraction, digits) = readDigits(&bytes, maxCount: 3) else { return nil }
        return (number, digits == 1 ? fraction * 100 : digits == 2 ? fraction * 10 : fraction)
    }

    private static func readDigits(_ bytes: inout Substring.UTF8View, maxCount: Int) -> (Int64, count: Int)? {
        var number: Int64 = 0
        var count = 0
        while let byte = bytes.first, (0x30...0x39).contains(byte) {
            guard count < maxCount else { return nil }
            number = number * 10 + Int64(byte - 0x30)
            count += 1
            bytes.removeFirst()
        }
        return count > 0 ? (number, count) : nil
    }
}
