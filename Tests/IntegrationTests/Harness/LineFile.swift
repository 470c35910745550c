import Foundation

/// Appends lines to files that several tests share.
enum LineFile {
    /// Appends the lines and a line break; creates the file if necessary.
    static func append(_ lines: Data, to path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: lines + Data("\n".utf8))
    }
}
