internal import CRabbitMQ
internal import Glibc
internal import Synchronization

/// Ends links whose peer has gone silent while their own thread is stuck inside the library, which in 0.11 waits for
/// ever in `amqp_basic_publish` when a half-open link takes no more data (rabbitmq-c #780). It only ever calls
/// shutdown(2), upon which the library's call returns with an error. One thread for the process, alive while there are
/// links.
final class Watchdog: Sendable {
    static let shared = Watchdog()

    private struct State {
        var watches: [ObjectIdentifier: WatchedSocket] = [:]
        var runs = false
    }

    private let state = Mutex(State())

    /// False if there is no thread to watch.
    func add(_ watch: WatchedSocket) -> Bool {
        let start = state.withLock { state in
            state.watches[ObjectIdentifier(watch)] = watch
            defer { state.runs = true }
            return !state.runs
        }
        guard start, ConnectionThread.start(named: "amqp-watchdog", { self.run() }) != 0 else { return true }
        state.withLock { $0.runs = false }
        return false
    }

    func remove(_ watch: WatchedSocket) {
        _ = state.withLock { $0.watches.removeValue(forKey: ObjectIdentifier(watch)) }
    }

    private func run() {
        while true {
            let watches: [WatchedSocket] = state.withLock { state in
                if state.watches.isEmpty { state.runs = false }
                return Array(state.watches.values)
            }
            if watches.isEmpty { return }
            for watch in watches { watch.check() }
            usleep(100_000)
        }
    }
}

/// What the watchdog, and whoever stops a link, may touch of it: a duplicate of its socket. The library closes its own
/// descriptor when it likes; the number of a duplicate cannot come to mean another connection under our hands.
final class WatchedSocket: Sendable {
    private struct State {
        var descriptor: Int32
        /// Silence that means death: twice the heartbeat, and a quarter for delay. Nil until the heartbeat is agreed.
        var silenceLimit: Int64?
        var deadline: ContinuousClock.Instant?
    }

    private let state: Mutex<State>

    init(socket: Int32) { state = Mutex(State(descriptor: fcntl(socket, F_DUPFD_CLOEXEC, 0))) }

    deinit { retire() }

    func heartbeatAgreed(seconds: Int) { state.withLock { $0.silenceLimit = Int64(seconds) * 2250 } }

    /// The link ends then, whatever it is doing.
    func end(at deadline: ContinuousClock.Instant) { state.withLock { $0.deadline = deadline } }

    /// The link is being closed by its owner.
    func retire() {
        state.withLock { state in
            if state.descriptor >= 0 { close(state.descriptor) }
            state.descriptor = -1
        }
    }

    func check() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            let silent = state.silenceLimit.map { crabbitmq_milliseconds_since_data(state.descriptor) > $0 } ?? false
            let late = state.deadline.map { ContinuousClock.now >= $0 } ?? false
            if silent || late { _ = shutdown(state.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
