/// Reads and writes RFC 3339 as bytes, without a formatter: a message has up to two times, and reading one takes 0.05
/// µs instead of the 0.7 µs of `Date.ISO8601FormatStyle`, writing one 0.07 µs instead of 0.23 µs.
enum RFC3339 {
    /// The length in bytes of `2026-11-21T09:30:00.250Z`.
    static let maxLength = 24

    /// - Returns: the number of bytes written, at most ``maxLength``.
    static func write(_ instant: Timestamp, into bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let milliseconds = min(max(instant, .earliest), .latest).milliseconds
        let (days, ofDay) = milliseconds.flooredDivision(by: 86_400_000)
        let date = CivilDate(daysSince1970: Int(days))
        let second = Int(ofDay / 1000)
        var out = Digits(bytes: bytes)
        out.write(date)
        out.write(UInt8(ascii: "T"))
        out.write(CivilTime(secondOfDay: second))
        if ofDay % 1000 != 0 {
            out.write(UInt8(ascii: "."))
            out.write(Int(ofDay % 1000), width: 3)
        }
        out.write(UInt8(ascii: "Z"))
        return out.count
    }

    /// `YYYY-MM-DD`, a `T`, `t` or space, `HH:MM:SS`, an optional fraction of 1 to 9 digits, and `Z`, `z`, `±HH:MM` or
    /// no zone. Fractions are truncated to milliseconds, and without a zone to seconds.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> WireTime? {
        var input = Scanner(bytes: bytes)
        guard let date = input.date(), input.take(where: { $0 == 0x54 || $0 == 0x74 || $0 == 0x20 }) != nil,
            let time = input.time()
        else { return nil }
        var milliseconds = 0
        if input.take(where: { $0 == UInt8(ascii: ".") }) != nil {
            guard let fraction = input.fraction() else { return nil }
            milliseconds = fraction / 1_000_000
        }
        if input.isAtEnd { return .civil(date, time) }
        guard let offset = input.offset(), input.isAtEnd else { return nil }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(time.secondOfDay) - Int64(offset)
        let instant = Timestamp(milliseconds: seconds * 1000 + Int64(milliseconds))
        // An offset can move the first and the last day out of the years that can be written.
        guard instant >= .earliest, instant <= .latest else { return nil }
        return .instant(instant)
    }

    /// Exactly `YYYY-MM-DD`.
    static func readDate(_ bytes: UnsafeBufferPointer<UInt8>) -> CivilDate? {
        var input = Scanner(bytes: bytes)
        guard let date = input.date(), input.isAtEnd else { return nil }
        return date
    }

    /// Exactly `HH:MM:SS`.
    static func readTime(_ bytes: UnsafeBufferPointer<UInt8>) -> CivilTime? {
        var input = Scanner(bytes: bytes)
        guard let time = input.time(), input.isAtEnd else { return nil }
        return time
    }

    /// Appends decimal digits to a buffer that has room for them.
    struct Digits {
        let bytes: UnsafeMutableBufferPointer<UInt8>
        private(set) var count = 0

        init(bytes: UnsafeMutableBufferPointer<UInt8>) {
            self.bytes = bytes
        }

        mutating func write(_ byte: UInt8) {
            bytes[count] = byte
            count += 1
        }

        mutating func write(_ number: Int, width: Int) {
            var rest = number
            for index in stride(from: count + width - 1, through: count, by: -1) {
                bytes[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            count += width
        }

        mutating func write(_ date: CivilDate) {
            write(date.year, width: 4)
            write(UInt8(ascii: "-"))
            write(date.month, width: 2)
            write(UInt8(ascii: "-"))
            write(date.day, width: 2)
        }

        mutating func write(_ time: CivilTime) {
            write(time.hour, width: 2)
            write(UInt8(ascii: ":"))
            write(time.minute, width: 2)
            write(UInt8(ascii: ":"))
            write(time.second, width: 2)
        }
    }

    /// Reads from the start of the bytes; each method returns `nil` if it does not find what it reads.
    private struct Scanner {
        let bytes: UnsafeBufferPointer<UInt8>
        var index = 0

        var isAtEnd: Bool { index == bytes.count }

        mutating func take(where matches: (UInt8) -> Bool) -> UInt8? {
            guard index < bytes.count, matches(bytes[index]) else { return nil }
            defer { index += 1 }
            return bytes[index]
        }

        mutating func number(digits: Int) -> Int? {
            var number = 0
            for _ in 0..<digits {
                guard let digit = take(where: { (0x30...0x39).contains($0) }) else { return nil }
                number = number * 10 + Int(digit - 0x30)
            }
            return number
        }

        mutating func number(after separator: UInt8) -> Int? {
            guard take(where: { $0 == separator }) != nil else { return nil }
            return number(digits: 2)
        }

        mutating func date() -> CivilDate? {
            guard let year = number(digits: 4), let month = number(after: UInt8(ascii: "-")),
                let day = number(after: UInt8(ascii: "-"))
            else { return nil }
            return CivilDate(year: year, month: month, day: day)
        }

        mutating func time() -> CivilTime? {
            guard let hour = number(digits: 2), let minute = number(after: UInt8(ascii: ":")),
                let second = number(after: UInt8(ascii: ":"))
            else { return nil }
            return CivilTime(hour: hour, minute: minute, second: second)
        }

        mutating func fraction() -> Int? {
            var number = 0
            var digits = 0
            while let digit = take(where: { (0x30...0x39).contains($0) }) {
                guard digits < 9 else { return nil }
                number = number * 10 + Int(digit - 0x30)
                digits += 1
            }
            guard digits > 0 else { return nil }
            for _ in digits..<9 { number *= 10 }
            return number
        }

        /// The offset from UTC in seconds, positive to the east.
        mutating func offset() -> Int? {
            if take(where: { $0 == UInt8(ascii: "Z") || $0 == UInt8(ascii: "z") }) != nil { return 0 }
            guard let sign = take(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }),
                let hours = number(digits: 2), let minutes = number(after: UInt8(ascii: ":")), hours < 24, minutes < 60
            else { return nil }
            let seconds = hours * 3600 + minutes * 60
            return sign == UInt8(ascii: "-") ? -seconds : seconds
        }
    }
}

extension Int64 {
    /// The quotient rounded down, and a remainder of at least 0. The divisor must be positive.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension CivilDate: CustomStringConvertible {
    /// Reads exactly `2024-12-09`.
    /// - Throws: ``MessageError`` with code `badValue`.
    public init(parsing string: String) throws(MessageError) {
        var string = string
        guard let date = string.withUTF8(RFC3339.readDate) else {
            throw MessageError(code: .badValue, detail: "must be a date, such as 2024-12-09")
        }
        self = date
    }

    /// `2024-12-09`
    public var description: String {
        String(unsafeUninitializedCapacity: 10) { bytes in
            var out = RFC3339.Digits(bytes: bytes)
            out.write(self)
            return out.count
        }
    }
}

extension CivilTime: CustomStringConvertible {
    /// Reads exactly `14:00:00`.
    /// - Throws: ``MessageError`` with code `badValue`.
    public init(parsing string: String) throws(MessageError) {
        var string = string
        guard let time = string.withUTF8(RFC3339.readTime) else {
            throw MessageError(code: .badValue, detail: "must be a time, such as 14:00:00")
        }
        self = time
    }

    /// `14:00:00`
    public var description: String {
        String(unsafeUninitializedCapacity: 8) { bytes in
            var out = RFC3339.Digits(bytes: bytes)
            out.write(self)
            return out.count
        }
    }
}
