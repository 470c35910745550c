internal import Glibc
internal import Synchronization

/// Shuts down connections whose peer is silent while their own thread is stuck in the library: librabbitmq 0.11 waits
/// for ever in `amqp_basic_publish` when a half-open connection accepts no more data (rabbitmq-c #780). It only calls
/// shutdown(2), after which the library's call returns with an error. One thread per process, alive while there are
/// connections.
final class Watchdog: Sendable {
    static let shared = Watchdog()

    private struct State {
        var sockets: [ObjectIdentifier: WatchedSocket] = [:]
        var isRunning = false
    }

    private let state = Mutex(State())

    /// Returns false if there is no thread to watch the socket.
    func add(_ socket: WatchedSocket) -> Bool {
        let mustStart = state.withLock { state in
            state.sockets[ObjectIdentifier(socket)] = socket
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard mustStart, ConnectionThread.start(named: "amqp-watchdog", { self.run() }) != 0 else { return true }
        state.withLock { $0.isRunning = false }
        return false
    }

    func remove(_ socket: WatchedSocket) {
        _ = state.withLock { $0.sockets.removeValue(forKey: ObjectIdentifier(socket)) }
    }

    private func run() {
        while true {
            let sockets: [WatchedSocket] = state.withLock { state in
                if state.sockets.isEmpty { state.isRunning = false }
                return Array(state.sockets.values)
            }
            if sockets.isEmpty { return }
            for socket in sockets { socket.check() }
            usleep(100_000)
        }
    }
}
