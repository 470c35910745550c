import Foundation

/// A checked copy of a backup, beside the file that it will replace.
package struct StagedBackup: Sendable {
    /// The file to be replaced.
    package let target: String
    var path: String { target + ".restoring" }

    init(replacing target: String) {
        self.target = target
    }

    /// Puts the copy in the place of the file, which is kept under another name. A crash in between leaves one of the
    /// two in place, complete.
    ///
    /// The caller holds the partition's lock.
    /// - Parameter time: part of the other name, e.g. `20261126T211500Z`.
    /// - Returns: where the replaced file is kept; nil if there was none.
    package func replace(at time: String) throws -> String? {
        var kept: String?
        if FileManager.default.fileExists(atPath: target) {
            let name = "\(target).replaced-\(time)"
            try ReplacedFile.link(target, as: name)
            kept = name
        }
        // What these contain belongs to the replaced file, and would damage the restored one.
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: target + suffix) }
        try DurableFiles.move(path, to: target)
        return kept
    }

    package func discard() {
        for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
