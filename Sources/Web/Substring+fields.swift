/// Field values by RFC 9110 section 5.6, byte by byte: a comma is a comma, whatever combining character follows it.
extension Substring {
    /// What stands between separators, without the white space around it. A separator within quotes is none.
    func parts(by separator: Unicode.Scalar) -> [Substring] {
        let separator = UInt8(ascii: separator)
        var parts: [Substring] = []
        var start = startIndex
        var isQuoted = false
        var isEscaped = false
        for index in utf8.indices {
            let byte = utf8[index]
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isQuoted: isEscaped = true
            case UInt8(ascii: "\""): isQuoted.toggle()
            case separator where !isQuoted:
                parts.append(self[start..<index].trimmed)
                start = utf8.index(after: index)
            default: break
            }
        }
        parts.append(self[start...].trimmed)
        return parts
    }

    /// `name=value` as a pair, the name in small letters, the value out of its quotes; `value` is nil without `=`.
    var parameter: (name: String, value: String?) {
        guard let equals = utf8.firstIndex(of: UInt8(ascii: "=")) else { return (lowercased(), nil) }
        let value = self[utf8.index(after: equals)...].trimmed
        return (self[..<equals].trimmed.lowercased(), value.unquoted)
    }

    /// Without optional white space (spaces and tabs) at both ends.
    var trimmed: Substring {
        var bytes = utf8
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return Substring(bytes)
    }

    /// A quoted string's text; anything else as it is.
    private var unquoted: String {
        guard utf8.count >= 2, utf8.first == UInt8(ascii: "\""), utf8.last == UInt8(ascii: "\"") else {
            return String(self)
        }
        var text: [UInt8] = []
        var isEscaped = false
        for byte in utf8.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                text.append(byte)
                isEscaped = false
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
