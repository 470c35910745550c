import Foundation

/// The checkout that these tests were compiled from.
enum Checkout {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct File: Sendable {
        /// Relative to the root.
        let path: String
        let text: String

        let lines: [Substring]
        /// The lines with their numbers, without comments.
        let code: [(number: Int, line: Substring)]

        init(path: String, text: String) {
            self.path = path
            self.text = text
            lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            code = lines.enumerated().map { ($0.offset + 1, Self.withoutComment($0.element)) }
        }

        /// Works on bytes, which is fast. The slashes of a URL do not start a comment.
        private static func withoutComment(_ line: Substring) -> Substring {
            let slash = UInt8(ascii: "/")
            var before: UInt8 = 0
            for index in line.utf8.indices where line.utf8[index] == slash {
                let next = line.utf8.index(after: index)
                if index > line.startIndex { before = line.utf8[line.utf8.index(before: index)] }
                if next < line.endIndex, line.utf8[next] == slash, before != UInt8(ascii: ":") { return line[..<index] }
            }
            return line
        }

        var imports: [Substring] {
            code.filter { $0.line.contains("import ") }.compactMap {
                $0.line.firstMatch(of: /^(?:@\w+ )*(?:\w+ )?import (?:(?:struct|class|enum|func) )?(\w+)/)?.1
            }
        }
    }

    /// The Swift files under a folder.
    static func files(_ folder: String) -> [File] {
        // The enumerator's names are relative, so that the result is the same in a checkout behind a symbolic link.
        let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        return (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }.sorted().compactMap {
            name in
            file("\(folder)/\(name)")
        }
    }

    static func file(_ path: String) -> File? {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)).map { File(path: path, text: $0) }
    }
}
