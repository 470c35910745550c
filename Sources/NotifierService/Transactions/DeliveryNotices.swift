import Contracts
import NotifierDomain
import Synchronization

/// Tells the dispatcher of deliveries that a commit has made pending. At its start it reads the others from the files.
final class DeliveryNotices: Sendable {
    private struct State {
        /// Nil while there is no dispatcher.
        var wake: AsyncStream<Void>.Continuation?
        /// When the first delivery of each is due.
        var due: [DeliverySource: Timestamp] = [:]
    }

    private let state = Mutex(State())

    /// Called after the commit.
    func add(_ source: DeliverySource, due time: Timestamp) {
        state.withLock { state in
            guard let wake = state.wake else { return }
            state.due[source] = min(state.due[source] ?? time, time)
            wake.yield()
        }
    }

    /// The only dispatcher begins to listen. The stream has an element when there may be something to take.
    func listen() -> AsyncStream<Void> {
        let (stream, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0 = State(wake: wake) }
        return stream
    }

    /// Ends the stream.
    func stopListening() {
        state.withLock { state in
            state.wake?.finish()
            state = State()
        }
    }

    /// Wakes the dispatcher although nothing was committed.
    func wake() {
        _ = state.withLock { $0.wake?.yield() }
    }

    /// Removes and returns what was added since the last time.
    func take() -> [DeliverySource: Timestamp] {
        state.withLock { state in
            defer { state.due = [:] }
            return state.due
        }
    }
}
