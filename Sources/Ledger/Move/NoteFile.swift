import Foundation

/// A small file of JSON that is either there, complete and durable, or not.
enum NoteFile {
    /// Nil if there is no such file.
    /// - Throws: `LedgerError.corrupt` if it cannot be read.
    static func read<Note: Decodable>(_ path: String, as type: Note.Type = Note.self) throws(LedgerError) -> Note? {
        guard let data = FileManager.default.contents(atPath: path) else {
            if DurableFiles.size(of: path) == nil { return nil }
            throw LedgerError(.corrupt, "\(path) cannot be read")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw LedgerError(.corrupt, "\(path) is damaged")
        }
    }

    static func write(_ note: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(note), as: UTF8.self)
        let partial = path + ".partial"
        try DurableFiles.write(text + "\n", to: partial)
        try DurableFiles.move(partial, to: path)
    }
}
