/// A string literal in Swift source.
struct StringLiteral {
    /// As written, without the quotes.
    let text: String
    /// The expressions in `\( )`.
    let interpolations: [String]
    /// The name to which the literal is appended with `+`.
    let prefix: String?
    /// The name of the constant, or property, that the literal is the value of.
    let constantName: String?
    /// The last type or extension that begins before the literal.
    let enclosingType: String?

    static func all(in source: String) -> [StringLiteral] {
        var scanner = LiteralScanner(source)
        return scanner.literals()
    }
}

/// Finds string literals: skips comments, and finds the end of an interpolation that contains literals itself.
private struct LiteralScanner {
    private let source: [Character]
    private var position = 0
    /// What was read since the last literal.
    private var code = ""
    private var enclosingType: String?

    init(_ source: String) {
        self.source = Array(source)
    }

    mutating func literals() -> [StringLiteral] {
        var found: [StringLiteral] = []
        while position < source.count {
            if starts("//") {
                while position < source.count, source[position] != "\n" { position += 1 }
            } else if source[position] == "\"" {
                if let type = code.matches(of: /\b(?:struct|class|enum|extension|protocol) (\w+)/).last {
                    enclosingType = String(type.1)
                }
                let (text, interpolations) = literal()
                found.append(
                    StringLiteral(
                        text: text, interpolations: interpolations,
                        prefix: code.firstMatch(of: /([\w.]+)\s*\+\s*$/).map { String($0.1) },
                        constantName: code.firstMatch(of: /\b(?:let|var) (\w+)(?:: String)? [={]\s*$/).map {
                            String($0.1)
                        }, enclosingType: enclosingType))
                code = ""
            } else {
                code.append(source[position])
                position += 1
            }
        }
        return found
    }

    private func starts(_ text: String) -> Bool {
        source[position...].starts(with: text)
    }

    private mutating func literal() -> (text: String, interpolations: [String]) {
        let quotes = starts("\"\"\"") ? "\"\"\"" : "\""
        position += quotes.count
        let start = position
        var interpolations: [String] = []
        while position < source.count, !starts(quotes) {
            if starts("\\(") {
                position += 2
                let begin = position
                skipInterpolation()
                interpolations.append(String(source[begin..<position]))
                position += 1
            } else {
                position += source[position] == "\\" ? 2 : 1
            }
        }
        defer { position += quotes.count }
        return (String(source[start..<min(position, source.count)]), interpolations)
    }

    /// To its closing parenthesis.
    private mutating func skipInterpolation() {
        var depth = 0
        while position < source.count, depth > 0 || source[position] != ")" {
            switch source[position] {
            case "\"":
                _ = literal()
                continue
            case "(": depth += 1
            case ")": depth -= 1
            default: break
            }
            position += 1
        }
    }
}
