import Foundation

/// The lock that makes one process the owner of a partition's file. It is a file of its own, so that it cannot
/// conflict with SQLite's locks, and the kernel releases it when the process ends, however it ends. The lock file holds
/// one line, the high-water mark, which outlives the process.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Parameter timeout: how long to wait for another holder, e.g. a subcommand that is about to finish.
    /// - Throws: `LedgerError.locked` when another process holds the lock.
    package init(path: String, timeout: Duration = .zero) throws(LedgerError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LedgerError(.storage, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now + timeout
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw LedgerError(.locked, "\(path) is held by another process")
            }
            usleep(20_000)
        }
        self.descriptor = descriptor
    }

    /// If the write fails the old line remains: an older mark, which detects less, but nothing wrongly.
    func write(line: String) {
        let bytes = Array(line.utf8)
        _ = pwrite(descriptor, bytes, bytes.count, 0)
        _ = ftruncate(descriptor, off_t(bytes.count))
    }

    var line: String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    deinit {
        close(descriptor)
    }
}
