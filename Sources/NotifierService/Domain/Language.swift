/// `LANGUAGE`: what users are told in. Its texts are `Texts/<language>.json`.
package enum Language: String, Sendable, CaseIterable {
    case ru
    case en

    /// Desktops set `LANGUAGE` too, as in `en_US:en`: what comes before the country is what is meant. Nil for a
    /// language that we have no texts in.
    package init?(parsing text: String) {
        self.init(rawValue: String(text.prefix { $0.isLetter }).lowercased())
    }

    /// Which of a word's forms goes with a number: the cardinal rules of Unicode CLDR for whole numbers.
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

    /// The forms that a word of the language has.
    package var pluralForms: [PluralForm] {
        switch self {
        case .ru: [.one, .few, .many]
        case .en: [.one, .other]
        }
    }
}

/// CLDR's names of plural forms, as far as our languages have them.
package enum PluralForm: String, Sendable, CaseIterable {
    case one
    case few
    case many
    case other
}
