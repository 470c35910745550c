/// Finds the ends of values in a body that ``JSONSyntax`` has checked.
struct JSONScanner {
    var index: Int

    mutating func skipSpace(in bytes: [UInt8]) {
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
    }

    /// Goes from an opening bracket, or from the end of an element, to the next element. False at the end of the array
    /// or object.
    mutating func nextElement(in bytes: [UInt8]) -> Bool {
        skipSpace(in: bytes)
        // The opening bracket, or the comma.
        guard bytes[index] != UInt8(ascii: "]"), bytes[index] != UInt8(ascii: "}") else { return false }
        index += 1
        skipSpace(in: bytes)
        return bytes[index] != UInt8(ascii: "]") && bytes[index] != UInt8(ascii: "}")
    }

    /// - Returns: where the string is, without the quotation marks, and whether it has escapes.
    mutating func skipString(in bytes: [UInt8]) -> (range: Range<Int>, isEscaped: Bool) {
        index += 1
        let start = index
        var isEscaped = false
        bytes.withUnsafeBufferPointer { bytes in
            while bytes[index] != UInt8(ascii: "\"") {
                if bytes[index] == UInt8(ascii: "\\") {
                    isEscaped = true
                    index += 1
                }
                index += 1
            }
        }
        index += 1
        return (start..<index - 1, isEscaped)
    }

    mutating func skipValue(in bytes: [UInt8]) {
        var depth = 0
        repeat {
            switch bytes[index] {
            case UInt8(ascii: "\""): _ = skipString(in: bytes)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): index += 1
            case let byte where Self.isSpace(byte): index += 1
            default: skipWord(in: bytes)
            }
        } while depth > 0
    }

    /// A number, or `true`, `false` or `null`.
    private mutating func skipWord(in bytes: [UInt8]) {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): return
            case let byte where Self.isSpace(byte): return
            default: index += 1
            }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
}
