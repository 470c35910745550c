import Foundation
import Testing

/// Sources, tests and specs cite the contract by section and rule; every citation must exist.
@Suite struct CitationTests {
    private static let files =
        Checkout.files("Sources") + Checkout.files("Tests") + Checkout.files("specs")
        + ["specs/asyncapi.yaml", "specs/openapi.yaml", "specs/diagrams.md", "specs/invariants.md"]
        .compactMap(Checkout.file)

    @Test func `every cited section and rule of the contract exists`() throws {
        let contract = try #require(Checkout.file("specs/contract.md"))
        let sections = numbers(in: contract, #/^## (\d+)\. /#)
        let rules = numbers(in: contract, #/^(\d+)\. /#)
        #expect(sections == Set(1...9))
        #expect(rules == Set(1...16))
        let cited = citations(#/\b[Cc]ontract(?:'s)? sections? (\d+)((?:(?:, | and |–| to )\d+)*)/#)
        #expect(cited.count > 50)
        #expect(cited.filter { !sections.contains($0.number) }.map(\.description) == [])
        let citedRules = citations(#/\b[Rr]ules? (\d+)((?:(?:, | and |, and |–| to )\d+)*)/#)
        #expect(citedRules.count > 50)
        #expect(citedRules.filter { !rules.contains($0.number) }.map(\.description) == [])
    }

    @Test func `every cited invariant exists`() throws {
        let invariants = try #require(Checkout.file("specs/invariants.md"))
        let known = numbers(in: invariants, #/^\| I(\d+) \|/#)
        #expect(known.count >= 12)
        let cited = citations(#/\b[Ii]nvariants? I(\d+)((?:(?:, | and )I\d+)*)/#)
        #expect(!cited.isEmpty)
        #expect(cited.filter { !known.contains($0.number) }.map(\.description) == [])
    }

    private struct Citation: CustomStringConvertible {
        let number: Int
        let place: String
        var description: String { "\(place) cites \(number)" }
    }

    private func numbers(in file: Checkout.File, _ heading: Regex<(Substring, Substring)>) -> Set<Int> {
        Set(file.lines.compactMap { $0.firstMatch(of: heading).flatMap { Int($0.1) } })
    }

    /// The numbers in all matches: `rules 3, 8 and 16` cites three.
    private func citations(_ pattern: Regex<(Substring, Substring, Substring)>) -> [Citation] {
        Self.files.flatMap { file in
            let text = Self.unwrapped(file)
            return text.matches(of: pattern).flatMap { match in
                ([match.1] + match.2.split { !$0.isNumber }).compactMap { number in
                    Int(number).map { Citation(number: $0, place: "\(file.path): \(match.0)") }
                }
            }
        }
    }

    /// The text with comments joined across line breaks, since a citation may be wrapped.
    private static func unwrapped(_ file: Checkout.File) -> String {
        file.text.replacing(/\n\s*(?:\/\/\/?|#)? */, with: " ")
    }
}
