/// The keys of the objects that are open in a body, so that a key that occurs twice in one of them is found.
///
/// RFC 8259 section 4 leaves open what a repeated key means: one reader takes the first value and another the last, so
/// that a gateway and this service could act on different commands.
struct JSONKeys {
    /// A key as written, without the quotation marks. In front of the keys of each object is a mark: where the keys of
    /// the object around it begin.
    private struct Key {
        var start: Int
        var count: Int
        var isEscaped = false

        /// Compares what is written.
        func isEqual(to other: Key, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            guard count == other.count else { return false }
            for offset in 0..<count where bytes[start + offset] != bytes[other.start + offset] { return false }
            return true
        }
    }

    private var keys: [Key] = []
    /// Where the keys of the innermost object begin.
    private var first = 0
    /// Whether any key so far has an escape.
    private var hasEscapes = false

    init() {
        // Most messages have fewer.
        keys.reserveCapacity(16)
    }

    mutating func beginObject() {
        keys.append(Key(start: first, count: 0))
        first = keys.count
    }

    mutating func append(_ range: Range<Int>, isEscaped: Bool) {
        keys.append(Key(start: range.lowerBound, count: range.count, isEscaped: isEscaped))
        if isEscaped { hasEscapes = true }
    }

    mutating func endObject() {
        let mark = keys[first - 1]
        keys.removeLast(keys.count - first + 1)
        first = mark.start
    }

    /// The index of a key that the innermost object has twice; `nil` if there is none.
    func duplicate(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        // Comparing few keys with each other is faster than hashing them. Many would take quadratic time.
        guard keys.count - first <= 16, !hasEscapes else {
            var seen: Set<[UInt8]> = []
            return keys[first...].indices.first { !seen.insert(decoded(keys[$0], in: bytes)).inserted }
        }
        return keys.withUnsafeBufferPointer { keys in
            for index in first..<keys.count {
                for other in first..<index where keys[other].isEqual(to: keys[index], in: bytes) { return index }
            }
            return nil
        }
    }

    /// A key of the innermost object as a JSON pointer, if all keys on the way to it are fields of the contract: others
    /// may be anything, and errors do not quote what came from outside. Otherwise empty.
    func pointer(to index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> String {
        var path: [Field] = []
        var index = index
        var first = first
        while true {
            let key = decoded(keys[index], in: bytes)
            guard let field = Field(rawValue: String(decoding: key, as: UTF8.self)) else { return "" }
            path.append(field)
            guard first > 1 else { return MessageError.pointer(path.reversed()) }
            index = first - 2
            first = keys[first - 1].start
        }
    }

    // MARK: - Escapes

    /// The key's text in UTF-8. A surrogate without its other half becomes the three bytes that UTF-8 would have for
    /// its number, and so differs from every other key.
    private func decoded(_ key: Key, in bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let written = bytes[key.start..<key.start + key.count]
        guard key.isEscaped else { return Array(written) }
        var text: [UInt8] = []
        var high: UInt32?
        var rest = written
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                text.append(byte)
                high = nil
                continue
            }
            guard letter == UInt8(ascii: "u") else {
                text.append(Self.character(escapedAs: letter))
                high = nil
                continue
            }
            let unit = rest.prefix(4).reduce(0) { $0 << 4 | Self.value(ofDigit: $1) }
            rest = rest.dropFirst(4)
            if let before = high, (0xdc00...0xdfff).contains(unit) {
                text.removeLast(3)
                Self.append(0x10000 + (before & 0x3ff) << 10 + unit & 0x3ff, to: &text)
                high = nil
            } else {
                Self.append(unit, to: &text)
                high = (0xd800...0xdbff).contains(unit) ? unit : nil
            }
        }
        return text
    }

    private static func character(escapedAs letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }

    private static func value(ofDigit digit: UInt8) -> UInt32 {
        // The scanner has checked that it is one.
        digit <= UInt8(ascii: "9") ? UInt32(digit & 0xf) : UInt32(digit & 0xf) + 9
    }

    private static func append(_ number: UInt32, to text: inout [UInt8]) {
        func continuation(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(number >> shift & 0x3f) }
        switch number {
        case 0..<0x80: text.append(UInt8(number))
        case 0x80..<0x800: text += [0xc0 | UInt8(number >> 6), continuation(0)]
        case 0x800..<0x10000: text += [0xe0 | UInt8(number >> 12), continuation(6), continuation(0)]
        default: text += [0xf0 | UInt8(number >> 18), continuation(12), continuation(6), continuation(0)]
        }
    }
}
