import Foundation

/// Folders and files that only their owner may read, because they hold personal data. The modes of those that exist
/// already are the operator's choice and are never changed.
enum PrivateFiles {
    /// Creates a folder with mode 0700, and the folders above it.
    static func createDirectory(_ path: String) throws(LedgerError) {
        if FileManager.default.fileExists(atPath: path) { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw LedgerError(.storage, "cannot create the directory \(path)")
        }
    }

    /// Creates an empty file with mode 0600. If it cannot, SQLite reports the reason when it opens the file.
    static func create(_ path: String) {
        // O_EXCL: closing a descriptor of an existing database would release SQLite's locks on it.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether anyone but the owner has rights.
    static func isExposed(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }
}
