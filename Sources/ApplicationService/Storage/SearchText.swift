import Foundation

/// A text that is searched for in others, without regard to case or to how characters are composed.
struct SearchText: Sendable, Hashable {
    /// The maximum length of a query, in Unicode scalars.
    static let maxLength = 100

    private let folded: String

    /// Nil for a text that is blank or too long. White space around it is ignored.
    init?(_ query: String) {
        let scalars = query.unicodeScalars
        guard scalars.count <= Self.maxLength, let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        folded = Self.fold(String(scalars[first...last]))
    }

    func occurs(in text: String) -> Bool {
        // UTF-8 has no character within another, so bytes are compared.
        Self.fold(text).utf8.contains(folded.utf8)
    }

    private static func fold(_ text: String) -> String {
        text.precomposedStringWithCanonicalMapping.lowercased()
    }
}
