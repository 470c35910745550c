import Foundation
import Testing

/// Comments and messages are plain English. These phrases were typical of an older, telegraphic style.
@Suite struct LanguageTests {
    private static let banned = [
        "so many", "for so long", "but for", "nobody", "whoever", "of its own accord", "stands for itself", "meanwhile",
        "anew", "is none", "are none",
    ]
    /// "If there is none" is plain English.
    private static let allowed = ["there is none", "there are none"]

    @Test func `comments and texts in Sources contain no banned phrase`() {
        let found = Checkout.files("Sources").flatMap { file in
            file.lines.enumerated().compactMap { index, line in
                Self.bannedPhrase(in: line).map { "\(file.path):\(index + 1): \($0)" }
            }
        }
        #expect(found == [])
    }

    @Test(arguments: [
        ("/// So many inputs at most.", "so many"), ("// what is none", "is none"), ("// nil if there is none", nil),
        ("let meanwhileCount = 1", nil), ("let canEwe = 1", nil), ("// asks anew", "anew"),
    ])
    func `a banned phrase is found at the start of a word`(line: String, phrase: String?) {
        #expect(Self.bannedPhrase(in: Substring(line)) == phrase)
    }

    private static func bannedPhrase(in line: Substring) -> String? {
        var text = line.lowercased()
        for phrase in allowed { text = text.replacingOccurrences(of: phrase, with: "") }
        return banned.first { phrase in
            text.ranges(of: phrase).contains { range in
                let before = text[..<range.lowerBound].last
                let after = text[range.upperBound...].first
                return !(before?.isLetter ?? false) && !(after?.isLetter ?? false)
            }
        }
    }
}
