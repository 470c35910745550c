package import HTTPTypes

/// The name of one state of a resource, as in `ETag` (RFC 9110 section 8.8.3). Ours are strong.
package struct EntityTag: Sendable, Hashable {
    /// Between the quotes: visible ASCII without quotes, such as hexadecimal digits.
    package let opaque: String

    package init(_ opaque: String) {
        self.opaque = opaque
    }

    /// The field's value: `"33a64df5"`.
    package var field: String { "\"\(opaque)\"" }

    /// Whether the caller has this state already, so that 304 says all: `If-None-Match` is `*` or names the tag. `W/`
    /// makes no difference here (RFC 9110 section 13.1.2: the weak comparison).
    package func isKnown(by fields: HTTPFields) -> Bool {
        fields[values: .ifNoneMatch].contains { value in
            value[...].trimmed == "*" || names(value)
        }
    }

    /// Reads a list of tags up to what is none. A backslash within a tag is a backslash: there are no escapes in it.
    private func names(_ list: String) -> Bool {
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
