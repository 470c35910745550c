package import Foundation

/// Simulates what a power failure does to the SQLite files of a process: whatever was not synced is lost.
package struct UnsyncedWrites: Sendable {
    private static let suffix = ".unsynced"

    private let folder: URL

    /// Preload it into the process, with `FAULT_DIR`.
    package let library: URL

    /// - Parameter folder: the process's data folder.
    package init(in folder: URL) async throws {
        self.folder = folder
        library = try await FaultLibrary.compile("unsynced_writes", into: folder)
    }

    /// Gives each file the content that it had when it was synced last. The process is killed.
    /// - Returns: how many writes were undone.
    @discardableResult
    package func undo() throws -> Int {
        var undone = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(Self.suffix) {
            let notes = folder.appending(path: name)
            let file = folder.appending(path: String(name.dropLast(Self.suffix.count)))
            undone += try Self.undo(notes, in: file)
            try FileManager.default.removeItem(at: notes)
            // Memory that processes share is gone too; SQLite makes it from the WAL.
            if name == file.lastPathComponent + Self.suffix, file.pathExtension == "sqlite" {
                try? FileManager.default.removeItem(atPath: file.path + "-shm")
            }
        }
        return undone
    }

    /// - Parameter path: the file, which may have been deleted since.
    private static func undo(_ path: URL, in file: URL) throws -> Int {
        guard FileManager.default.fileExists(atPath: file.path) else { return 0 }
        let notes = read(try Data(contentsOf: path))
        let handle = try FileHandle(forUpdating: file)
        defer { try? handle.close() }
        for note in notes.reversed() {
            try handle.seek(toOffset: note.offset)
            try handle.write(contentsOf: note.bytes)
            try handle.truncate(atOffset: note.size)
        }
        return notes.count
    }

    /// What a change overwrote, and the size of the file before.
    private struct Note {
        let offset: UInt64
        let size: UInt64
        let bytes: Data
    }

    private static func read(_ data: Data) -> [Note] {
        var notes: [Note] = []
        var rest = data[...]
        func number(_ index: Int) -> UInt64 {
            rest.dropFirst(8 * index).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        // A change whose note is not complete was not made.
        while rest.count >= 24, rest.count >= 24 + Int(number(2)) {
            let end = rest.startIndex + 24 + Int(number(2))
            notes.append(Note(offset: number(0), size: number(1), bytes: rest[(rest.startIndex + 24)..<end]))
            rest = rest[end...]
        }
        return notes
    }
}
