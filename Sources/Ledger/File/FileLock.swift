import Foundation

/// The lock that makes one process the owner of a partition's file. It lives in a file of its own beside it, so
/// that it never meets SQLite's locks; the kernel drops it when the process ends, however it ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Parameter patience: for so long another holder is taken for one that is about to go, as a subcommand is.
    /// - Throws: `LedgerError.locked` when another process holds it.
    package init(path: String, patience: Duration = .zero) throws(LedgerError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LedgerError(.storage, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw LedgerError(.locked, "\(path) is held by another process")
            }
            usleep(20_000)
        }
        self.descriptor = descriptor
    }

    /// The lock's file is empty but for one line, which outlives the process.
    func note(_ line: String) {
        let bytes = Array(line.utf8)
        // A note that cannot be written is an older note: whoever reads it learns less, and nothing wrong.
        _ = pwrite(descriptor, bytes, bytes.count, 0)
        _ = ftruncate(descriptor, off_t(bytes.count))
    }

    var note: String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    deinit {
        close(descriptor)
    }
}
