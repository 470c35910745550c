import Contracts
import Foundation
import Pages
import Testing
import Wording

@Suite struct PageTextsTests {
    /// The texts of a language by their paths: `notice.refused.internal`.
    private static func texts(of language: Language) throws -> [String: String] {
        let source = try JSONSerialization.jsonObject(with: Data(PageTexts.source(of: language)))
        var texts: [String: String] = [:]
        func add(_ value: Any, at path: String) {
            if let text = value as? String { texts[path] = text }
            for (name, value) in value as? [String: Any] ?? [:] {
                add(value, at: path.isEmpty ? name : "\(path).\(name)")
            }
        }
        add(source, at: "")
        return texts
    }

    /// Without the plural forms, which differ between languages.
    private static func names(of texts: [String: String]) -> Set<String> {
        Set(texts.keys.map { $0.replacing(/\.(one|few|many|other)$/, with: "") })
    }

    private static func placeholders(in text: String) -> Set<String> {
        Set(text.matches(of: /\{[a-zA-Z]+\}/).map { String($0.output) })
    }

    @Test func `all languages have the same texts`() throws {
        let expected = try Self.names(of: Self.texts(of: .ru))
        for language in Language.allCases {
            _ = try PageTexts(language)
            #expect(try Self.names(of: Self.texts(of: language)) == expected)
        }
    }

    @Test func `a text has the same placeholders in all languages`() throws {
        let texts = try Language.allCases.map { try Self.texts(of: $0) }
        for name in try Self.names(of: Self.texts(of: .ru)) {
            let placeholders = texts.map { texts in
                texts.filter { $0.key == name || $0.key.hasPrefix("\(name).") }.map { Self.placeholders(in: $0.value) }
                    .reduce(into: Set()) { $0.formUnion($1) }
            }
            #expect(Set(placeholders).count == 1, "\(name): \(placeholders)")
        }
    }

    @Test(arguments: Language.allCases)
    func `a counted word has all forms of its language`(language: Language) throws {
        let texts = try Self.texts(of: language)
        let forms = Set((0...200).map { language.pluralForm(of: $0).rawValue })
        let counted = Dictionary(grouping: texts.keys.filter { $0.contains(/\.(one|few|many|other)$/) }) {
            $0.replacing(/\.[a-z]+$/, with: "")
        }
        #expect(counted.count >= 6)
        for (name, keys) in counted {
            #expect(Set(keys.map { String($0.dropFirst(name.count + 1)) }) == forms, "\(name)")
            // In English the form for one is only that of 1, which may be a word.
            for key in keys where language != .en || !key.hasSuffix(".one") {
                #expect(texts[key]?.contains("{n}") == true, "\(key)")
            }
        }
    }

    @Test(arguments: Language.allCases)
    func `every reason of a refusal that a visitor can meet has a sentence`(language: Language) throws {
        let texts = try Self.texts(of: language)
        // Those are for messages of the services.
        let internalReasons: Set<RefusalReason> = [
            .reservedForSystem, .reservedForApplicationService, .notForWaitlist, .notForNotifier,
        ]
        for reason in RefusalReason.allCases where !internalReasons.contains(reason) {
            #expect(texts["notice.refused.\(reason.rawValue)"] != nil, "\(reason)")
        }
    }

    @Test(arguments: Language.allCases)
    func `every kind of notification has a heading`(language: Language) throws {
        let texts = try Self.texts(of: language)
        for kind in NotificationKind.allCases {
            #expect(texts["volunteer.inbox.kinds.\(kind.rawValue)"] != nil, "\(kind)")
        }
    }
}
