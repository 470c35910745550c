import Foundation

/// The SQL statements in the string literals of a folder of sources. Constants that begin a statement, such as
/// `ParkedMessage.select + " WHERE id = ?"`, or stand in it as an interpolation, are put in.
struct SourceStatements {
    struct Statement {
        /// Of the source file, relative to the checkout.
        let path: String
        let sql: String
    }

    private(set) var statements: [Statement] = []
    /// Statements with parts that only the running program knows.
    private(set) var composed: [Statement] = []

    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// - Parameter folder: relative to the checkout. Migrations are left out: each runs once in the life of a file.
    init(in folder: String) throws {
        let names = FileManager.default.enumerator(atPath: Self.root.appending(path: folder).path)
        let paths = (names?.compactMap { $0 as? String } ?? []).filter {
            $0.hasSuffix(".swift") && !$0.contains("Migration")
        }
        let files = try paths.sorted().map { name in
            let path = "\(folder)/\(name)"
            return (path: path, literals: StringLiteral.all(in: try text(of: path)))
        }
        let constants = Constants(files)
        for (path, literals) in files {
            for literal in literals {
                let expanded = constants.expand(literal, in: path)
                let statement = Statement(path: path, sql: expanded.text)
                guard Self.isStatement(expanded.text), !constants.isFragment(literal, in: path) else { continue }
                if expanded.isComplete { statements.append(statement) } else { composed.append(statement) }
            }
        }
    }

    private func text(of path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// A condition without a statement before it counts too, so that nothing is overlooked: it does not compile.
    private static func isStatement(_ text: String) -> Bool {
        let first = text.drop { $0.isWhitespace }
        let starts = ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM ", "REPLACE INTO ", "WITH ", "WHERE ", "ORDER BY "]
        return starts.contains { first.hasPrefix($0) }
    }
}

/// Named texts of which statements are made.
private struct Constants {
    private var texts: [String: String] = [:]
    private var used: Set<String> = []

    init(_ files: [(path: String, literals: [StringLiteral])]) {
        for (path, literals) in files {
            for literal in literals {
                guard let name = literal.constantName else { continue }
                texts["\(path) \(name)"] = literal.text
                if let type = literal.enclosingType { texts["\(type).\(name)"] = literal.text }
            }
        }
        for (path, literals) in files {
            for literal in literals {
                for name in literal.interpolations + [literal.prefix].compactMap(\.self) {
                    if let key = key(name, in: path), literal.prefix == name || texts[key] != nil { used.insert(key) }
                }
            }
        }
    }

    /// `Type.name` in any file; `Self.name` and `name` in the same file.
    private func key(_ name: String, in path: String) -> String? {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return [name, "\(path) \(last)"].first { texts[$0] != nil }
    }

    /// Whether the literal defines a constant that is only a part of statements.
    func isFragment(_ literal: StringLiteral, in path: String) -> Bool {
        guard let name = literal.constantName else { return false }
        return used.contains("\(path) \(name)") || literal.enclosingType.map { used.contains("\($0).\(name)") } ?? false
    }

    func expand(_ literal: StringLiteral, in path: String) -> (text: String, isComplete: Bool) {
        var text = literal.text
        var isComplete = true
        if let prefix = literal.prefix {
            if let start = key(prefix, in: path).flatMap({ texts[$0] }) {
                text = start + text
            } else {
                isComplete = false
            }
        }
        for name in literal.interpolations {
            if let key = key(name, in: path), let value = texts[key] {
                text = text.replacing("\\(\(name))", with: value)
            } else {
                isComplete = false
            }
        }
        return (text, isComplete)
    }
}
