/// A piece of HTML. Text is escaped when it is interpolated, HTML is not, so that what a person typed can never become
/// markup:
///
///     let cell: HTML = "<td>\(call.name)</td>"
package struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// UTF-8: a document is sent as bytes, and appending bytes is fast.
    private(set) var utf8: [UInt8]

    /// Nothing.
    package init() { utf8 = [] }

    /// Markup that is part of this program.
    package init(stringLiteral markup: StaticString) {
        utf8 = []
        utf8.append(markup: markup)
    }

    package init(stringInterpolation: StringInterpolation) { utf8 = stringInterpolation.utf8 }

    /// Text, escaped.
    package init(text: String) {
        utf8 = []
        utf8.append(escaping: text)
    }

    package var string: String { String(decoding: utf8, as: UTF8.self) }

    package var isEmpty: Bool { utf8.isEmpty }

    package static func += (html: inout HTML, other: HTML) { html.utf8 += other.utf8 }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var utf8: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            utf8.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        package mutating func appendLiteral(_ markup: StaticString) { utf8.append(markup: markup) }

        package mutating func appendInterpolation(_ text: String) { utf8.append(escaping: text) }

        package mutating func appendInterpolation(_ number: Int) { utf8 += String(number).utf8 }

        package mutating func appendInterpolation(_ html: HTML) { utf8 += html.utf8 }

        /// Nothing if it is nil.
        package mutating func appendInterpolation(_ html: HTML?) {
            if let html { utf8 += html.utf8 }
        }

        package mutating func appendInterpolation(_ parts: [HTML]) {
            for part in parts { utf8 += part.utf8 }
        }

        /// An attribute without a value, such as ` checked`, with the space before it.
        package mutating func appendInterpolation(flag name: StaticString, if isSet: Bool) {
            guard isSet else { return }
            utf8.append(UInt8(ascii: " "))
            utf8.append(markup: name)
        }

        /// An attribute with a value, such as ` value="5"`, with the space before it; nothing if the value is nil.
        package mutating func appendInterpolation(attribute name: StaticString, _ value: String?) {
            guard let value else { return }
            utf8.append(UInt8(ascii: " "))
            utf8.append(markup: name)
            utf8 += "=\"".utf8
            utf8.append(escaping: value)
            utf8.append(UInt8(ascii: "\""))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(markup: StaticString) {
        markup.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// Escapes for element content and for attribute values in double quotes.
    fileprivate mutating func append(escaping text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard bytes.contains(where: { Self.escape(of: $0) != nil }) else {
                append(contentsOf: bytes)
                return
            }
            for byte in bytes {
                if let escape = Self.escape(of: byte) { append(markup: escape) } else { append(byte) }
            }
        }
    }

    private static func escape(of byte: UInt8) -> StaticString? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
