internal import CRabbitMQ
internal import Glibc
internal import Synchronization

/// An eventfd by which any thread ends the `poll` of the one that waits on it.
final class Wakeup: Sendable {
    let descriptor: Int32
    /// Spares the system call while a signal is pending, which on a busy link is nearly always.
    private let pending = Atomic<Bool>(false)

    init() throws(BrokerError) {
        descriptor = crabbitmq_eventfd()
        if descriptor < 0 { throw BrokerError(.resources, "no eventfd (errno \(errno))") }
    }

    deinit { close(descriptor) }

    func signal() {
        guard pending.exchange(true, ordering: .sequentiallyConsistent) == false else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// To be called before looking at what the signals were about. First the read, then the flag, and always the read:
    /// in the other order a signal in between would be swallowed, and one whose write comes late would keep `wait` from
    /// waiting.
    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        pending.store(false, ordering: .sequentiallyConsistent)
    }

    /// Waits for a signal, for `socket` (if not negative) to have data or an error, or for the time to pass.
    func wait(socket: Int32 = -1, for duration: Duration) {
        let milliseconds = min(max(Int64((duration / .milliseconds(1)).rounded(.up)), 0), 3_600_000)
        var watched = (
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        )
        withUnsafeMutablePointer(to: &watched) { pair in
            pair.withMemoryRebound(to: pollfd.self, capacity: 2) {
                _ = poll($0, socket < 0 ? 1 : 2, Int32(milliseconds))
            }
        }
    }
}
