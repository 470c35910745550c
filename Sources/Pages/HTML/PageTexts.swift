import Foundation
package import Wording

/// The texts of the page in one language, from `Texts/<language>.json`, which translators edit without reading Swift.
/// Words in braces are placeholders; the forms of counted words have CLDR's names, as in `MessageCatalog`, and it
/// is a class for the same reason.
package final class PageTexts: Sendable {
    package let language: Language
    /// Dates, numbers and the words of notifications.
    package let catalog: MessageCatalog
    let words: Words
    /// `дек`
    let shortMonths: [String]

    struct Words: Sendable, Decodable {
        var product: String
        var layout: Layout
        var notice: Notice
        var form: Form
        var counts: Counts
        var moments: Moments
        var states: States
        var volunteer: Volunteer
        var account: Account
        var fund: Fund
    }

    /// - Throws: a `DecodingError` if a text is missing. A test decodes every language.
    package init(_ language: Language) throws {
        self.language = language
        catalog = try MessageCatalog(language)
        shortMonths = catalog.texts.months.map { String($0.prefix(3)) }
        words = try JSONDecoder().decode(Words.self, from: Data(Self.source(of: language)))
    }

    package static func source(of language: Language) -> [UInt8] {
        switch language {
        case .ru: PackageResources.ru_json
        case .en: PackageResources.en_json
        }
    }

    /// A number with its word: `3 свободных места`.
    func counted(_ number: Int, _ forms: [String: String]) -> String { catalog.counted(number, forms) }
}
