/// The text of a JSON string, which is written between quotation marks. ``JSONSyntax`` has checked its escapes.
enum JSONText {
    /// Nil if the text has half of a surrogate pair.
    static func string(_ written: ArraySlice<UInt8>, isEscaped: Bool) -> String? {
        if isEscaped { return String(validating: bytes(written), as: UTF8.self) }
        return written.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// In UTF-8. A surrogate without its other half becomes the three bytes that UTF-8 would have for its number, and
    /// so differs from every other text.
    static func bytes(_ written: some Collection<UInt8>) -> [UInt8] {
        var rest = written[...]
        var text: [UInt8] = []
        var high: UInt32?
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
