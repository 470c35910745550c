internal import CRabbitMQ
internal import Glibc
internal import Synchronization

/// A duplicate of a connection's socket, which other threads use to shut it down. The library closes its own descriptor
/// at any time; a dup(2) keeps the number from being reused for another connection.
package final class WatchedSocket: Sendable {
    private struct State {
        var descriptor: Int32
        /// In milliseconds: a peer that is silent for longer is dead. Twice the heartbeat, and a quarter for delay. Nil
        /// until the heartbeat is negotiated.
        var silenceLimit: Int64?
        var deadline: ContinuousClock.Instant?
        /// The owner does not read, so that the peer may be unable to send.
        var isReading = true
    }

    private let state: Mutex<State>

    init(socket: Int32) { state = Mutex(State(descriptor: fcntl(socket, F_DUPFD_CLOEXEC, 0))) }

    deinit { retire() }

    func heartbeatNegotiated(seconds: Int) { state.withLock { $0.silenceLimit = Int64(seconds) * 2250 } }

    /// Shuts the connection down at the deadline, in whatever state it is.
    func end(at deadline: ContinuousClock.Instant) { state.withLock { $0.deadline = deadline } }

    func setReading(_ isReading: Bool) { state.withLock { $0.isReading = isReading } }

    /// The owner is closing the connection.
    func retire() {
        state.withLock { state in
            if state.descriptor >= 0 { close(state.descriptor) }
            state.descriptor = -1
        }
    }

    /// Shuts the socket down if the peer has been silent for too long or the deadline has passed.
    func check() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            let isSilent =
                state.isReading
                && state.silenceLimit.map { crabbitmq_milliseconds_since_data(state.descriptor) > $0 } ?? false
            let isOverdue = state.deadline.map { ContinuousClock.now >= $0 } ?? false
            if isSilent || isOverdue { _ = shutdown(state.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
