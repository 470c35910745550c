package import HTTPTypes
import RawStructuredFieldValues

/// The client's name for a command, so that sending it twice executes it once (draft-ietf-httpapi-idempotency-key).
///
/// The draft asks for a structured string, `"8e03978e"`; most clients send it bare. Both are accepted and mean the same
/// key.
package struct IdempotencyKey: Sendable, Hashable {
    /// 1 to 255 printable ASCII characters, without the quotes.
    package let text: String

    /// The request's key, or nil when it has none.
    /// - Throws: `malformed` when there are several, or the one is invalid.
    package init?(in fields: HTTPFields) throws(Problem) {
        let values = fields[values: .idempotencyKey]
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw Problem(.malformed, "There is more than one Idempotency-Key.") }
        try self.init(value)
    }

    /// - Parameter value: the field's value, quoted or bare. No `HTTPField` has surrounding white space in its value.
    /// - Throws: `malformed`.
    package init(_ value: String) throws(Problem) {
        guard let text = value.utf8.first == UInt8(ascii: "\"") ? Self.structuredString(value) : value,
            (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            throw Problem(.malformed, "An Idempotency-Key is 1 to 255 printable ASCII characters, quoted or bare.")
        }
        self.text = text
    }

    /// The text of a string without parameters (RFC 9651 section 3.3.3); nil for anything else.
    private static func structuredString(_ value: String) -> String? {
        var parser = StructuredFieldValueParser(Array(value.utf8))
        guard let item = try? parser.parseItemFieldValue(), item.rfc9651Parameters.isEmpty,
            case .string(let text) = item.rfc9651BareItem
        else { return nil }
        return text
    }
}
