import Foundation
import Testing

/// Style rules that a machine can check (after TigerBeetle's `tidy.zig`). Each finding is `path:line`.
@Suite struct TidyTests {
    private static let sources = Checkout.files("Sources") + Checkout.files("specs")
    private static let tests = Checkout.files("Tests")

    @Test func `the checkout is found`() {
        #expect(Self.sources.count > 50 && Self.tests.count > 10)
    }

    // MARK: - Banned calls

    @Test func `nothing in Sources traps on input`() {
        let banned = /\bfatalError\(|\btry!|\bas!|\bpreconditionFailure\(/
        #expect(findings(Self.sources, naming: ["fatalError", "try!", "as!", "preconditionFailure"], banned) == [])
    }

    @Test func `there is no unstructured task in Sources`() {
        let banned = /\bTask(?:\.detached)?\s*(?:<[^>]*>)?\s*(?:\([^)]*\)\s*)?\{|\bTask\.detached\b/
        #expect(findings(Self.sources, naming: ["Task"], banned) == [])
    }

    @Test func `tests wait for conditions: only TestSupport sleeps`() {
        let tests = Self.tests.filter { file in
            !["Tests/TestSupport/", "Tests/Benchmarks/", "Tests/TidyTests/"].contains { file.path.hasPrefix($0) }
        }
        let banned = /\bTask\.sleep\b|\busleep\(|\bsleep\(|\bThread\.sleep\b/
        #expect(findings(tests, naming: ["sleep"], banned) == [])
    }

    @Test func `@unchecked Sendable has a comment`() {
        for file in Self.sources {
            let lines = file.lines
            for (number, line) in file.code where line.contains("@unchecked Sendable") {
                let before = number >= 2 ? lines[number - 2].trimmingCharacters(in: .whitespaces) : ""
                #expect(before.hasPrefix("///"), "\(file.path):\(number)")
            }
        }
    }

    // MARK: - Length

    @Test func `lines are at most 120 characters long`() {
        let found = (Self.sources + Self.tests).flatMap { file in
            file.lines.enumerated().filter { $0.element.utf8.count > 120 && $0.element.count > 120 }.map {
                "\(file.path):\($0.offset + 1)"
            }
        }
        #expect(found == [])
    }

    @Test func `files are at most 400 lines long`() {
        let found = (Self.sources + Self.tests).filter { $0.lines.count > 401 }
        #expect(found.map { "\($0.path): \($0.lines.count)" } == [])
    }

    /// Relies on the formatter's indentation: a function ends with the brace at the indentation of its start.
    @Test func `functions are at most 70 lines long`() {
        var found: [String] = []
        for file in Self.sources {
            let lines = file.lines
            for (index, line) in lines.enumerated() where line.contains(/^\s*(?:[@\w()]+ )*(?:func |init[?(<])/) {
                let indent = String(line.prefix { $0 == " " })
                let end = lines[index...].firstIndex { $0 == indent + "}" } ?? index
                let next = lines[(index + 1)...].firstIndex {
                    $0.hasPrefix(indent) && !$0.hasPrefix(indent + " ") && $0 != indent + ") {"
                }
                // A requirement of a protocol has no body: another declaration at its indentation comes before any
                // brace.
                if end - index > 70, next.map({ $0 >= end || lines[$0].hasPrefix(indent + ")") }) ?? true {
                    found.append("\(file.path):\(index + 1)")
                }
            }
        }
        #expect(found == [])
    }

    // MARK: - Consistency

    @Test func `names of migrations are unique`() {
        let names = Self.sources.flatMap { $0.text.matches(of: /LedgerMigration\(\s*"([^"]+)"/).map { String($0.1) } }
        #expect(names.count >= 3)
        #expect(names.count == Set(names).count, "\(names)")
    }

    @Test(.enabled(if: Checkout.file("README.md") != nil))
    func `the README has under 500 words of prose, not counting code blocks and tables`() throws {
        let readme = try #require(Checkout.file("README.md"))
        var words = 0
        var isCodeBlock = false
        for line in readme.lines {
            if line.hasPrefix("```") {
                isCodeBlock.toggle()
            } else if !isCodeBlock, !line.hasPrefix("|") {
                words += line.matches(of: /[\p{L}\d_]+(?:[’'\-.\/:@][\p{L}\d_]+)*/).count
            }
        }
        #expect(words < 500, "\(words) words")
    }

    @Test(.enabled(if: Checkout.file("README.md") != nil))
    func `the README's table lists every setting, and no other`() throws {
        let readme = try #require(Checkout.file("README.md"))
        let documented = Set(
            readme.lines.compactMap { $0.firstMatch(of: /^\|\s*`([A-Z_]+)`\s*\|/).map { String($0.1) } })
        let known = Set(Self.sources.flatMap { $0.text.matches(of: /\bSetting\(\s*"([A-Z_]+)"/).map { String($0.1) } })
        #expect(!known.isEmpty)
        #expect(known.subtracting(documented).sorted() == [], "missing in the README")
        #expect(documented.subtracting(known).sorted() == [], "missing in the code")
    }

    /// Searches for plain words first, since regular expressions are slow.
    private func findings(_ files: [Checkout.File], naming words: [String], _ banned: Regex<Substring>) -> [String] {
        files.flatMap { file in
            guard words.contains(where: file.text.contains) else { return [String]() }
            return file.code.filter { item in words.contains { item.line.contains($0) } && item.line.contains(banned) }
                .map { "\(file.path):\($0.number)" }
        }
    }
}
