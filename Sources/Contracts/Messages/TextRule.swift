/// What a text from outside may contain (contract section 1). Control characters and bidi overrides would let a fund
/// write lines of its own into a notification, or hide what it says; at a U+0000 SQLite's text functions stop reading.
enum TextRule {
    /// One line.
    case line
    /// One line that is not only white space.
    case name
    /// Lines, with line feeds and tabs.
    case paragraphs
    /// The IANA name of a time zone that this machine knows.
    case timeZone

    static let timeZoneForm = "must be the IANA name of a time zone, such as Europe/Moscow"

    /// The rule that the text breaks; `nil` if it breaks none.
    func violation(in text: String) -> String? {
        if self == .timeZone { return CivilClock.zone(named: text) == nil ? Self.timeZoneForm : nil }
        if hasForbiddenCharacter(text) {
            return self == .paragraphs
                ? "must not have control characters other than line feeds and tabs, or bidi overrides"
                : "must not have control characters or bidi overrides"
        }
        if self == .name, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) { return "must not be blank" }
        return nil
    }

    /// In UTF-8, U+0080 to U+009F are `C2` and a byte from `80` to `9F`; U+202A to U+202E are `E2 80 AA` to `E2 80 AE`,
    /// and U+2066 to U+2069 are `E2 81 A6` to `E2 81 A9`. U+FFFF and the like are not characters, but harmless.
    private func hasForbiddenCharacter(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            // The two bytes before.
            var (first, second): (UInt8, UInt8) = (0, 0)
            for byte in bytes {
                switch byte {
                case 0x20...0x7e: break
                case UInt8(ascii: "\n"), UInt8(ascii: "\t"): if self != .paragraphs { return true }
                case 0..<0x20, 0x7f: return true
                case 0x80...0x9f where second == 0xc2: return true
                case 0xaa...0xae where first == 0xe2 && second == 0x80: return true
                case 0xa6...0xa9 where first == 0xe2 && second == 0x81: return true
                default: break
                }
                (first, second) = (second, byte)
            }
            return false
        }
    }
}

/// A text of a message that people will read, and the rule for it.
struct CheckedText {
    let field: Field
    let text: String?
    let rule: TextRule
}

extension FieldCodable {
    /// - Parameter parent: the JSON pointer of the object that holds the fields.
    func checkTexts(in parent: String) throws(MessageError) {
        for checked in texts {
            guard let detail = checked.text.flatMap(checked.rule.violation) else { continue }
            throw MessageError(code: .badValue, pointer: "\(parent)/\(checked.field.rawValue)", detail: detail)
        }
    }
}
