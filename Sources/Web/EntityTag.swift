package import HTTPTypes

/// A strong entity tag, as in `ETag` (RFC 9110 section 8.8.3).
package struct EntityTag: Sendable, Hashable {
    /// The text between the quotes: visible ASCII without quotes.
    package let opaque: String

    package init(_ opaque: String) {
        self.opaque = opaque
    }

    /// The header value: `"33a64df5"`.
    package var headerValue: String { "\"\(opaque)\"" }

    /// Whether `If-None-Match` is `*` or contains the tag, so that the response is 304. A `W/` prefix is ignored: the
    /// comparison is weak (RFC 9110 section 13.1.2).
    package func matchesIfNoneMatch(in fields: HTTPFields) -> Bool {
        fields[values: .ifNoneMatch].contains { $0 == "*" || isListed(in: $0) }
    }

    /// Parses the list up to the first malformed tag. A backslash is not an escape in a tag.
    private func isListed(in list: String) -> Bool {
        var rest = list[...].utf8
        while true {
            while let byte = rest.first, [0x20, 0x09, UInt8(ascii: ",")].contains(byte) { rest.removeFirst() }
            if rest.starts(with: "W/".utf8) { rest.removeFirst(2) }
            guard rest.popFirst() == UInt8(ascii: "\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")) else {
                return false
            }
            if rest[..<end].elementsEqual(opaque.utf8) { return true }
            rest = rest[rest.index(after: end)...]
        }
    }
}
