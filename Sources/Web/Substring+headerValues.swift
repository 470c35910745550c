/// Parsing of header field values (RFC 9110 section 5.6). It works on bytes, since a `Character` may combine a
/// delimiter with what follows it.
extension Substring {
    /// The elements between the separators, without surrounding white space. Separators in quoted strings do not count.
    func elements(separatedBy separator: Unicode.Scalar) -> [Substring] {
        let separator = UInt8(ascii: separator)
        var elements: [Substring] = []
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
                elements.append(self[start..<index].trimmed)
                start = utf8.index(after: index)
            default: break
            }
        }
        elements.append(self[start...].trimmed)
        return elements
    }

    /// `name=value`: the name in lower case, the value without quotes; the value is nil without `=`.
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

    /// The text of a quoted string; anything else unchanged.
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
