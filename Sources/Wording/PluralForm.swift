/// The plural forms that the languages here use, by their CLDR names.
package enum PluralForm: String, Sendable, CaseIterable {
    case one
    case few
    case many
    case other
}
