/// The language of notifications and of the page. Its texts are in `Texts/<language>.json`.
package enum Language: String, Sendable, CaseIterable {
    case ru
    case en

    /// Parses `ru`, `en`, or a locale such as `en_US:en`, because desktops set `LANGUAGE` too; `nil` for a language
    /// without texts.
    package init?(parsing text: String) {
        self.init(rawValue: String(text.prefix { $0.isLetter }).lowercased())
    }

    /// The plural form for an integer, by the cardinal rules of Unicode CLDR.
    package func pluralForm(of number: Int) -> PluralForm {
        let ones = number % 10
        let tens = number % 100
        return switch self {
        case .en: number == 1 ? .one : .other
        case .ru where ones == 1 && tens != 11: .one
        case .ru where (2...4).contains(ones) && !(12...14).contains(tens): .few
        case .ru: .many
        }
    }
}
