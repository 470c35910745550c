extension ZoneRules {
    /// Reads a TZif file: of version 2 or later its 64-bit block and its footer, of version 1 its only block. `nil` if
    /// it is not such a file, is damaged, or counts leap seconds, which Unix time does not have.
    init?(tzif bytes: [UInt8]) {
        var input = TZifInput(bytes: bytes[...])
        guard let first = input.header() else { return nil }
        guard first.version >= UInt8(ascii: "2") else {
            guard let rules = input.block(first, secondsLength: 4, footer: nil) else { return nil }
            self = rules
            return
        }
        guard input.skip(first.length(secondsLength: 4)), let second = input.header(),
            let footer = input.footer(after: second.length(secondsLength: 8)),
            let rules = input.block(second, secondsLength: 8, footer: footer)
        else { return nil }
        self = rules
    }
}

/// The bytes of a TZif file that are still to be read. Each method returns `nil` if it does not find what it reads.
private struct TZifInput {
    var bytes: ArraySlice<UInt8>

    /// The counts of a block, which precede it.
    struct Header {
        let version: UInt8
        let utcIndicators: Int
        let standardIndicators: Int
        let leapSeconds: Int
        let transitions: Int
        let types: Int
        let nameBytes: Int

        /// The length of the block. No sum overflows: each count has 32 bits.
        func length(secondsLength: Int) -> Int {
            transitions * (secondsLength + 1) + types * 6 + nameBytes + leapSeconds * (secondsLength + 4)
                + standardIndicators + utcIndicators
        }
    }

    mutating func header() -> Header? {
        guard bytes.starts(with: "TZif".utf8), bytes.count >= 44 else { return nil }
        let version = bytes[bytes.startIndex + 4]
        bytes.removeFirst(20)
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(UInt32(truncatingIfNeeded: integer(length: 4)))) }
        return Header(
            version: version, utcIndicators: counts[0], standardIndicators: counts[1], leapSeconds: counts[2],
            transitions: counts[3], types: counts[4], nameBytes: counts[5])
    }

    mutating func skip(_ count: Int) -> Bool {
        guard bytes.count >= count else { return false }
        bytes.removeFirst(count)
        return true
    }

    /// The text between the line feeds behind the block that comes next.
    func footer(after length: Int) -> ArraySlice<UInt8>? {
        let rest = bytes.dropFirst(length)
        guard rest.first == UInt8(ascii: "\n"), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        return rest[(rest.startIndex + 1)..<end]
    }

    mutating func block(_ header: Header, secondsLength: Int, footer: ArraySlice<UInt8>?) -> ZoneRules? {
        guard bytes.count >= header.length(secondsLength: secondsLength), header.types > 0, header.leapSeconds == 0
        else { return nil }
        var transitions: [Int64] = []
        for _ in 0..<header.transitions { transitions.append(integer(length: secondsLength)) }
        var types: [Int] = []
        for _ in 0..<header.transitions { types.append(Int(bytes.removeFirst())) }
        var offsets: [Int32] = []
        for _ in 0..<header.types {
            let offset = integer(length: 4)
            guard ZoneRules.offsetRange.contains(offset) else { return nil }
            offsets.append(Int32(offset))
            // Whether it is daylight saving time, and its name, do not matter.
            bytes.removeFirst(2)
        }
        guard types.allSatisfy({ $0 < offsets.count }), zip(transitions, transitions.dropFirst()).allSatisfy(<) else {
            return nil
        }
        var recurring: PosixTimeZone?
        if let footer, !footer.isEmpty {
            recurring = PosixTimeZone(parsing: footer)
            if recurring == nil { return nil }
        }
        return ZoneRules(
            transitions: transitions, offsets: types.map { offsets[$0] }, earliestOffset: offsets[0],
            recurring: recurring)
    }

    /// A signed number, the most significant byte first. The caller has checked that there are enough bytes.
    private mutating func integer(length: Int) -> Int64 {
        var value: Int64 = Int8(bitPattern: bytes[bytes.startIndex]) < 0 ? -1 : 0
        for byte in bytes.prefix(length) { value = value << 8 | Int64(byte) }
        bytes.removeFirst(length)
        return value
    }
}
