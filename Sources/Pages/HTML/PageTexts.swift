import Foundation
package import Wording

/// The texts of the page in one language, from `Texts/<language>.json`.
package struct PageTexts: Sendable {
    package let language: Language
    /// Dates, numbers and the words of notifications.
    package let catalog: MessageCatalog
    let words: Words

    struct Words: Sendable, Decodable {
        var product: String
    }

    /// - Throws: a `DecodingError` if a text is missing. A test decodes every language.
    package init(_ language: Language) throws {
        self.language = language
        catalog = try MessageCatalog(language)
        words = try JSONDecoder().decode(Words.self, from: Data(Self.source(of: language)))
    }

    package static func source(of language: Language) -> [UInt8] {
        switch language {
        case .ru: PackageResources.ru_json
        case .en: PackageResources.en_json
        }
    }
}
