import Contracts
import Foundation
import Testing
import Wording

/// Finds what an edit of the texts can break.
@Suite struct MessageCatalogTests {
    private static let placeholders: Set<String> = [
        "name", "id", "when", "weekday", "date", "start", "end", "zone", "offset", "until", "time", "position",
        "people", "reason", "oldName", "day", "remaining", "month", "year", "n",
    ]
    private static let counted = ["hours", "minutes", "seconds", "people"]

    private func texts(_ language: Language) throws -> [String: Any] {
        let json = try JSONSerialization.jsonObject(with: Data(MessageCatalog.source(of: language)))
        return try #require(json as? [String: Any])
    }

    /// All texts with their paths.
    private func leaves(_ value: Any, _ path: String = "") -> [(path: String, text: String)] {
        switch value {
        case let text as String: [(path, text)]
        case let list as [Any]: list.enumerated().flatMap { leaves($0.element, "\(path)[\($0.offset)]") }
        case let object as [String: Any]: object.flatMap { leaves($0.value, "\(path)/\($0.key)") }
        default: []
        }
    }

    @Test(arguments: Language.allCases)
    func `a language has all texts, and only known placeholders`(_ language: Language) throws {
        _ = try MessageCatalog(language)
        let leaves = leaves(try texts(language))
        #expect(leaves.count > 50)
        for (path, text) in leaves {
            #expect(!text.isEmpty, "\(path)")
            let words = text.matches(of: /\{([^}]*)\}/).map { String($0.1) }
            #expect(Set(words).isSubset(of: Self.placeholders), "\(path): \(words)")
            #expect(text.filter { $0 == "{" }.count == words.count, "\(path)")
        }
    }

    @Test(arguments: Language.allCases)
    func `every counted word has exactly the plural forms of its language`(_ language: Language) throws {
        let texts = try texts(language)
        for word in Self.counted {
            let forms = try #require(texts[word] as? [String: String], "\(word)")
            #expect(Set(forms.keys) == Set(Self.pluralForms(language).map(\.rawValue)), "\(word)")
            #expect(forms.values.allSatisfy { $0.contains("{n}") }, "\(word)")
        }
        #expect((texts["weekdays"] as? [String])?.count == 7)
        #expect((texts["months"] as? [String])?.count == 12)
    }

    @Test func `all languages have the same texts with the same placeholders`() throws {
        func outline(_ language: Language) throws -> [String: Set<String>] {
            var texts = try texts(language)
            for word in Self.counted { texts[word] = nil }
            return Dictionary(
                uniqueKeysWithValues: leaves(texts).map { path, text in
                    (path, Set(text.matches(of: /\{([^}]*)\}/).map { String($0.1) }))
                })
        }
        let russian = try outline(.ru)
        for language in Language.allCases {
            let other = try outline(language)
            #expect(Set(other.keys) == Set(russian.keys), "\(language)")
            for (path, words) in other where path.hasPrefix("/messages/") && !path.contains("waitingFirst") {
                #expect(words == russian[path], "\(language) \(path)")
            }
        }
    }

    @Test(arguments: Language.allCases)
    func `every reason with a text is a reason of the contract`(_ language: Language) throws {
        let reasons = try #require(try texts(language)["reasons"] as? [String: String])
        #expect(!reasons.isEmpty)
        for reason in reasons.keys { #expect(RefusalReason(rawValue: reason) != nil, "\(reason)") }
    }

    @Test(arguments: [
        (0, PluralForm.many), (1, .one), (2, .few), (4, .few), (5, .many), (11, .many), (12, .many), (14, .many),
        (20, .many), (21, .one), (24, .few), (111, .many), (112, .many), (121, .one), (1000, .many), (1002, .few),
    ])
    func `Russian plural forms are those of CLDR`(_ number: Int, _ form: PluralForm) {
        #expect(Language.ru.pluralForm(of: number) == form)
    }

    private static func pluralForms(_ language: Language) -> [PluralForm] {
        switch language {
        case .ru: [.one, .few, .many]
        case .en: [.one, .other]
        }
    }
}
