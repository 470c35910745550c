import Web

/// The fields of a form, from a body of the type `application/x-www-form-urlencoded` (WHATWG URL section 5.1).
struct FormBody: Sendable, Hashable {
    /// The texts by field. Line breaks, which browsers send as CR LF, are LF.
    private(set) var values: [String: String] = [:]

    /// An empty form.
    init() {}

    /// - Throws: `malformed` if a field occurs twice, or a name or a text cannot be decoded or is not UTF-8.
    init(parsing body: some Collection<UInt8>) throws(Problem) {
        for field in body.split(separator: UInt8(ascii: "&")) {
            let parts = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let text = parts.count == 2 ? Self.decoded(parts[1]) : "" else {
                throw Problem(.malformed, "A field of the form cannot be decoded.")
            }
            guard values.updateValue(text.replacing("\r\n", with: "\n"), forKey: name) == nil else {
                throw Problem(.malformed, "A field of the form occurs twice.")
            }
        }
    }

    /// A field's text; nil if the form does not have it.
    subscript(_ name: String) -> String? { values[name] }

    /// Nil if an escape is incomplete, or the text is not UTF-8.
    private static func decoded(_ bytes: some Sequence<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
