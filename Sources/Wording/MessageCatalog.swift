import Foundation

/// The texts of one language from `Texts/<language>.json`, which translators edit without reading Swift. Words in
/// braces are placeholders; the forms of counted words have CLDR's names. It is a class, because it is handed on often,
/// and a copy of a struct would retain each text.
package final class MessageCatalog: Sendable {
    package let language: Language
    package let texts: Texts

    package struct Texts: Sendable, Decodable {
        package var messages: Messages
        /// The text of a refusal, by `RefusalReason`.
        package var reasons: [String: String]
        package var when, whenOvernight: String
        package var date, dateWithYear: String
        package var zone, zoneUTC: String
        package var untilToday, untilLater: String
        package var today, tomorrow, anotherDay: String
        /// Begins with Monday.
        package var weekdays: [String]
        package var months: [String]
        package var hours, minutes, seconds, people: [String: String]
    }

    package struct Messages: Sendable, Decodable {
        package var confirmed, waitingFirst, waiting, waitingSomewhere: String
        package var offered, offeredLate, openToAll, notChosen: String
        package var cancelled, cancelledBecause, refused, refusedUnknown, removed, removedBecause, lost: String
        package var changed, renamed, reminder, reminderSoon: String
    }

    /// - Throws: a `DecodingError` if a text is missing. A test decodes every language.
    package init(_ language: Language) throws {
        self.language = language
        texts = try JSONDecoder().decode(Texts.self, from: Data(Self.source(of: language)))
    }

    package static func source(of language: Language) -> [UInt8] {
        switch language {
        case .ru: PackageResources.ru_json
        case .en: PackageResources.en_json
        }
    }

    /// A number with its word: `2 часа`.
    package func counted(_ number: Int, _ forms: [String: String]) -> String {
        let form = forms[language.pluralForm(of: number).rawValue] ?? forms[PluralForm.other.rawValue] ?? "{n}"
        return form.filled { $0 == "n" ? String(number) : nil }
    }
}

extension String {
    /// Replaces `{placeholders}` in one pass, so braces in a value are never taken for a placeholder.
    package func filled(_ values: [String: String]) -> String { filled { values[String($0)] } }

    /// - Parameter value: the value of a placeholder; a placeholder without one stays as it is.
    package func filled(_ value: (Substring) -> String?) -> String {
        var result = ""
        result.reserveCapacity(2 * utf8.count)
        var rest = self[...]
        // Braces are found as bytes: a page fills hundreds of texts.
        while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
            let close = rest.utf8[open...].firstIndex(of: UInt8(ascii: "}"))
        {
            let word = rest[rest.utf8.index(after: open)..<close]
            result += rest[..<open]
            result += value(word) ?? "{\(word)}"
            rest = rest[rest.utf8.index(after: close)...]
        }
        return result + rest
    }
}
