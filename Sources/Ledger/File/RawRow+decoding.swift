/// A column holds a text that this version does not know.
package struct UnknownColumnValue: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Parameters:
    ///   - text: what the column holds: one of our own words, never personal data.
    ///   - meaning: what the column stands for.
    package init(_ text: String, meaning: String) {
        description = "unknown \(meaning) \"\(text)\" in a database row"
    }
}

extension RawRow {
    /// A column that holds one of a closed set of words.
    /// - Throws: `UnknownColumnValue` if the word is not one of them.
    package func word<Word: RawRepresentable<String>>(_ column: Int32, as type: Word.Type = Word.self) throws -> Word {
        let text = text(column)
        guard let word = Word(rawValue: text) else { throw UnknownColumnValue(text, meaning: "\(type)") }
        return word
    }
}
