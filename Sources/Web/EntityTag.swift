import Contracts
import Crypto
package import HTTPTypes

/// A strong entity tag, as in `ETag` (RFC 9110 section 8.8.3).
package struct EntityTag: Sendable, Hashable {
    /// The text between the quotes: visible ASCII without quotes.
    package let opaque: String

    package init(_ opaque: String) {
        self.opaque = opaque
    }

    /// A tag of a representation by its bytes.
    package init(ofContent bytes: [UInt8]) {
        self.init(Hexadecimal.digits(of: Array(SHA256.hash(data: bytes)).prefix(16)))
    }

    /// The header value: `"33a64df5"`.
    package var headerValue: String { "\"\(opaque)\"" }

    /// Whether `If-None-Match` is `*` or contains the tag, so that the response is 304. A `W/` prefix is ignored: the
    /// comparison is weak (RFC 9110 section 13.1.2).
    package func matchesIfNoneMatch(in fields: HTTPFields) -> Bool {
        fields[values: .ifNoneMatch].contains { $0 == "*" || isListed(in: $0, ignoringWeakness: true) }
    }

    /// Whether the request may be executed on a resource with this tag: `If-Match` is absent, `*`, or contains the tag.
    /// A weak tag never matches: the comparison is strong (RFC 9110 section 13.1.1).
    package func satisfiesIfMatch(_ values: [String]) -> Bool {
        values.isEmpty || values.contains { $0 == "*" || isListed(in: $0, ignoringWeakness: false) }
    }

    /// Parses the list up to the first malformed tag. A backslash is not an escape in a tag.
    private func isListed(in list: String, ignoringWeakness: Bool) -> Bool {
        var rest = list[...].utf8
        while true {
            while let byte = rest.first, [0x20, 0x09, UInt8(ascii: ",")].contains(byte) { rest.removeFirst() }
            let isWeak = rest.starts(with: "W/".utf8)
            if isWeak { rest.removeFirst(2) }
            guard rest.popFirst() == UInt8(ascii: "\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")) else {
                return false
            }
            if rest[..<end].elementsEqual(opaque.utf8), ignoringWeakness || !isWeak { return true }
            rest = rest[rest.index(after: end)...]
        }
    }
}
