internal import CRabbitMQ
internal import Glibc
internal import Synchronization

/// An eventfd with which any thread interrupts the `poll` of the thread that waits on it.
package final class Wakeup: Sendable {
    private let descriptor: Int32
    /// Saves the system call while a signal is pending, which on a busy connection is nearly always.
    private let pending = Atomic<Bool>(false)

    package init() throws(BrokerError) {
        descriptor = crabbitmq_eventfd()
        if descriptor < 0 { throw BrokerError(.resources, "no eventfd (errno \(errno))") }
    }

    deinit { close(descriptor) }

    func signal() {
        guard pending.exchange(true, ordering: .sequentiallyConsistent) == false else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Call before checking for what the signals announced. It reads before it clears the flag, because in the other
    /// order a signal in between would be lost; and it reads even if the flag is clear, because the count of a write
    /// that came late would otherwise keep `wait` from waiting.
    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        pending.store(false, ordering: .sequentiallyConsistent)
    }

    /// Waits until there is a signal, `socket` (if not negative) has data or an error, or the time has passed.
    func wait(socket: Int32 = -1, for duration: Duration) {
        let milliseconds = min(max(Int64((duration / .milliseconds(1)).rounded(.up)), 0), 3_600_000)
        var descriptors = (
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        )
        withUnsafeMutablePointer(to: &descriptors) { pair in
            pair.withMemoryRebound(to: pollfd.self, capacity: 2) {
                _ = poll($0, socket < 0 ? 1 : 2, Int32(milliseconds))
            }
        }
    }
}
