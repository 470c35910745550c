import Contracts
import Foundation
import Wording

/// Finds the time zone that a visitor means: few know that theirs is called `Europe/Moscow`, and more that it is the
/// one of Moscow, or of Москва.
struct ZoneNames: Sendable {
    /// A zone, and what people may call it.
    private struct Entry: Sendable {
        let name: String
        /// The city of the name, and the names in all languages of the page; folded.
        let words: [String]
    }

    private let entries: [Entry]

    /// The zones of this machine. They are read at the first use, because few pages need them.
    static let system = ZoneNames(TimeZone.knownTimeZoneIdentifiers.filter { CivilClock.zone(named: $0) != nil })

    init(_ names: [String]) {
        entries = names.map { name in
            let city = name.split(separator: "/").last.map(String.init) ?? name
            let zone = TimeZone(identifier: name)
            let translated = Language.allCases.compactMap { language in
                zone?.localizedName(for: .shortGeneric, locale: Locale(identifier: language.rawValue))
            }
            return Entry(name: name, words: ([name, city] + translated).map(Self.folded))
        }
    }

    /// The names of the zones that a text may stand for, the most likely first.
    func matches(for text: String) -> [String] {
        let wanted = Self.folded(text)
        guard (2...Self.maxLength).contains(wanted.count) else { return [] }
        let ranked = entries.compactMap { entry -> (rank: Int, name: String)? in
            entry.words.compactMap { Self.rank(of: wanted, in: $0) }.min().map { ($0, entry.name) }
        }
        return ranked.sorted { ($0.rank, $0.name) < ($1.rank, $1.name) }.prefix(Self.maxCount).map(\.name)
    }

    /// Longer texts are no names.
    private static let maxLength = 64
    private static let maxCount = 5

    /// The less, the likelier; nil for no match.
    private static func rank(of wanted: String, in word: String) -> Int? {
        if word == wanted { return 0 }
        if word.hasPrefix(wanted) { return 1 }
        if word.contains(wanted) { return 2 }
        // One or two mistyped letters, in a word that is long enough to be recognised.
        let errors = wanted.count < 5 ? 1 : 2
        guard wanted.count >= 4, abs(word.count - wanted.count) <= errors else { return nil }
        let distance = distance(Array(wanted), Array(word))
        return distance <= errors ? 2 + distance : nil
    }

    /// How many letters must be added, removed or replaced (Levenshtein).
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let next = min(diagonal + (letter == other ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[b.count]
    }

    /// Without case, accents and the signs between words.
    private static func folded(_ text: String) -> String {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
            .split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }
}
