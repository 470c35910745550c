import Foundation
import Synchronization

/// The lock that makes one process the owner of a partition's file. It is a file of its own, so that it cannot
/// conflict with SQLite's locks, and the kernel releases it when the process ends, however it ends. Nothing is
/// written to it.
package final class FileLock: Sendable {
    private let path: String
    /// Nil once released.
    private let descriptor: Mutex<Int32?>

    /// - Parameters:
    ///   - timeout: how long to wait for another holder, e.g. a subcommand that is about to finish.
    ///   - breaksLock: whether to remove the file of another holder after that, because the holder has lost what the
    ///     lock is for, and does not run.
    /// - Throws: `LedgerError.locked` when another process holds the lock.
    package init(path: String, timeout: Duration = .zero, breaksLock: Bool = false) throws(LedgerError) {
        self.path = path
        let deadline = ContinuousClock.now + timeout
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw LedgerError(.storage, "cannot open \(path): \(String(cString: strerror(errno)))")
            }
            let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            // The previous holder removes the file when it releases the lock: a lock on a removed file excludes no one.
            if isLocked, Self.isFile(descriptor, at: path) {
                self.descriptor = Mutex(descriptor)
                return
            }
            close(descriptor)
            if isLocked { continue }
            guard ContinuousClock.now < deadline else {
                guard breaksLock else { throw LedgerError(.locked, "\(path) is held by another process") }
                unlink(path)
                continue
            }
            usleep(20_000)
        }
    }

    /// Releases the lock and removes its file, unless the file was removed and is another process's now.
    package func release() {
        descriptor.withLock { descriptor in
            guard let held = descriptor else { return }
            if Self.isFile(held, at: path) { unlink(path) }
            close(held)
            descriptor = nil
        }
    }

    /// Whether a process holds the lock. The look takes a shared lock for an instant, so the lock may then be refused
    /// to a process that does not wait for it.
    package static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        var opened = stat()
        var named = stat()
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev
            && opened.st_ino == named.st_ino
    }

    deinit {
        descriptor.withLock { if let held = $0 { close(held) } }
    }
}
