extension PosixTimeZone {
    /// Reads the text, such as `EST5EDT,M3.2.0,M11.1.0` or `<-02>2<-01>,M3.5.0/-1,M10.5.0/0`; `nil` for any other.
    /// Where there is daylight saving time, its two changes must be given.
    init?(parsing text: some Collection<UInt8>) {
        var input = PosixInput(bytes: Array(text)[...])
        guard input.skipName(), let standard = input.offset() else { return nil }
        standardOffset = standard
        if input.bytes.isEmpty {
            daylight = nil
            return
        }
        guard input.skipName() else { return nil }
        // Without an offset it is an hour ahead of standard time.
        var offset = standard + 3600
        if input.bytes.first != UInt8(ascii: ",") {
            guard let given = input.offset() else { return nil }
            offset = given
        }
        guard ZoneRules.offsetRange.contains(offset), let start = input.change(), let end = input.change(),
            input.bytes.isEmpty
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }
}

/// The part of the text that is still to be read. Each method returns `nil` if it does not find what it reads.
private struct PosixInput {
    var bytes: ArraySlice<UInt8>

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes.removeFirst()
        return true
    }

    /// At least three letters, or any characters between `<` and `>`.
    mutating func skipName() -> Bool {
        if take("<") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: ">")) else { return false }
            bytes = bytes[(end + 1)...]
            return true
        }
        let letters = bytes.prefix { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & ~0x20)
        }
        bytes.removeFirst(letters.count)
        return letters.count >= 3
    }

    private mutating func number(upTo limit: Int) -> Int? {
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        guard (1...3).contains(digits.count) else { return nil }
        bytes.removeFirst(digits.count)
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return number <= limit ? number : nil
    }

    /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
    private mutating func time(maxHours: Int) -> Int64? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = number(upTo: maxHours) else { return nil }
        var seconds = hours * 3600
        if take(":") {
            guard let minutes = number(upTo: 59) else { return nil }
            seconds += minutes * 60
            if take(":") {
                guard let more = number(upTo: 59) else { return nil }
                seconds += more
            }
        }
        return Int64(isNegative ? -seconds : seconds)
    }

    /// An offset, which POSIX counts to the west.
    mutating func offset() -> Int64? {
        guard let west = time(maxHours: 24), ZoneRules.offsetRange.contains(-west) else { return nil }
        return -west
    }

    /// `,date[/time]`; without a time it is 02:00.
    mutating func change() -> PosixTimeZone.Change? {
        guard take(","), let day = day() else { return nil }
        guard take("/") else { return PosixTimeZone.Change(day: day, time: 7200) }
        return time(maxHours: 167).map { PosixTimeZone.Change(day: day, time: $0) }
    }

    private mutating func day() -> PosixTimeZone.Change.Day? {
        if take("M") {
            guard let month = number(upTo: 12), month >= 1, take("."), let occurrence = number(upTo: 5),
                occurrence >= 1, take("."), let weekday = number(upTo: 6)
            else { return nil }
            return .weekday(month: month, occurrence: occurrence, weekday: weekday)
        }
        if take("J") { return number(upTo: 365).flatMap { $0 >= 1 ? .julian($0) : nil } }
        return number(upTo: 365).map { .ofYear($0) }
    }
}
