import Foundation
import GRDB

/// A partition's file that another one takes the place of.
enum ReplacedFile {
    /// Gives the file another name, with its WAL if it cannot be emptied. A crash in between leaves it under both.
    /// - Returns: the other name.
    static func keep(_ path: String, as name: String) throws -> String {
        try link(path, as: name)
        for suffix in ["-wal", "-shm", ""] { try DurableFiles.remove(path + suffix) }
        return name
    }

    /// Gives the file a second name.
    static func link(_ path: String, as name: String) throws {
        checkpoint(path)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try DurableFiles.link(path + suffix, to: name + suffix)
        }
    }

    /// Moves what is in the WAL into the database. A damaged file is kept as it is, with its WAL.
    private static func checkpoint(_ path: String) {
        guard let database = try? DatabaseQueue(path: path) else { return }
        try? database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try? database.close()
    }
}
