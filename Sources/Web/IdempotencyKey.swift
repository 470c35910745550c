package import HTTPTypes

/// The caller's own name for a command, so that sending it twice does it once (draft-ietf-httpapi-idempotency-key).
///
/// The draft asks for a string of structured fields, `"8e03978e"`; most clients send it bare. Both are taken, and mean
/// the same key.
package struct IdempotencyKey: Sendable, Hashable {
    /// 1 to 255 printable ASCII characters, out of its quotes.
    package let text: String

    /// The request's key, or nil when it has none.
    /// - Throws: `malformed` when there are several, or the one is no key.
    package init?(in fields: HTTPFields) throws(Problem) {
        let values = fields[values: .idempotencyKey]
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw Problem(.malformed, "There is more than one Idempotency-Key.") }
        try self.init(value)
    }

    /// - Parameter value: the field's value, quoted or bare.
    /// - Throws: `malformed`.
    package init(_ value: String) throws(Problem) {
        let bytes = Array(value[...].trimmed.utf8)
        guard let text = bytes.first == UInt8(ascii: "\"") ? Self.unquoted(bytes) : bytes,
            (1...255).contains(text.count), text.allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            throw Problem(.malformed, "An Idempotency-Key is 1 to 255 printable ASCII characters, quoted or bare.")
        }
        self.text = String(decoding: text, as: UTF8.self)
    }

    /// An `sf-string` (RFC 9651 section 4.2.5): only `\"` and `\\` are escapes, and nothing follows the last quote.
    private static func unquoted(_ bytes: [UInt8]) -> [UInt8]? {
        var text: [UInt8] = []
        var rest = bytes.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return rest.isEmpty ? text : nil
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst(), next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") else {
                    return nil
                }
                text.append(next)
            default: text.append(byte)
            }
        }
        return nil
    }
}
