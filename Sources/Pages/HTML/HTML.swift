/// A piece of HTML. Text is escaped when it is interpolated, HTML is not, so that what a person typed can never become
/// markup:
///
///     let cell: HTML = "<td>\(call.name)</td>"
package struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    package private(set) var string: String

    /// Nothing.
    package init() { string = "" }

    /// Markup that is part of this program.
    package init(stringLiteral markup: StaticString) { string = "\(markup)" }

    package init(stringInterpolation: StringInterpolation) { string = stringInterpolation.string }

    /// Text, escaped.
    package init(text: String) {
        string = ""
        string.appendEscaped(text)
    }

    package var isEmpty: Bool { string.isEmpty }

    package static func += (html: inout HTML, other: HTML) { html.string += other.string }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var string: String

        package init(literalCapacity: Int, interpolationCount: Int) {
            string = ""
            string.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        package mutating func appendLiteral(_ markup: StaticString) {
            markup.withUTF8Buffer { string += String(decoding: $0, as: UTF8.self) }
        }

        package mutating func appendInterpolation(_ text: String) { string.appendEscaped(text) }

        package mutating func appendInterpolation(_ number: Int) { string += String(number) }

        package mutating func appendInterpolation(_ html: HTML) { string += html.string }

        /// Nothing if it is nil.
        package mutating func appendInterpolation(_ html: HTML?) {
            if let html { string += html.string }
        }

        package mutating func appendInterpolation(_ parts: [HTML]) {
            for part in parts { string += part.string }
        }

        /// An attribute without a value, such as ` checked`, with the space before it.
        package mutating func appendInterpolation(flag name: StaticString, if isSet: Bool) {
            guard isSet else { return }
            string += " "
            appendLiteral(name)
        }

        /// An attribute with a value, such as ` value="5"`, with the space before it; nothing if the value is nil.
        package mutating func appendInterpolation(attribute name: StaticString, _ value: String?) {
            guard let value else { return }
            string += " "
            appendLiteral(name)
            string += "=\""
            string.appendEscaped(value)
            string += "\""
        }
    }
}

extension String {
    /// Escapes for element content and for attribute values in double quotes.
    fileprivate mutating func appendEscaped(_ text: String) {
        guard text.utf8.contains(where: { Self.isSpecial($0) }) else {
            self += text
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": self += "&amp;"
            case "<": self += "&lt;"
            case ">": self += "&gt;"
            case "\"": self += "&quot;"
            case "'": self += "&#39;"
            default: unicodeScalars.append(scalar)
            }
        }
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }
}
