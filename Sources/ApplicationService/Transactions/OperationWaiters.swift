import ApplicationDomain
import Contracts
import Ledger
import Synchronization

/// The requests that wait for an operation to end (`Prefer: wait`), and the open streams. Their number is bounded,
/// since each holds a connection.
final class OperationWaiters: Sendable {
    /// How many requests of one caller may wait at the same time. Not for `service`, which acts for many people.
    static let maxPerCaller = 5
    /// How many streams one caller may have open at the same time. Not for `service` either.
    static let maxStreamsPerCaller = 5

    private struct State {
        var countByCaller: [ExactString: Int] = [:]
        var streamsByCaller: [ExactString: Int] = [:]
        var streamCount = 0
        /// Of requests and streams.
        var count = 0

        mutating func take(_ maxCount: Int, _ caller: ExactString?) -> Bool {
            guard count < maxCount else { return false }
            if let caller {
                guard countByCaller[caller, default: 0] < OperationWaiters.maxPerCaller else { return false }
                countByCaller[caller, default: 0] += 1
            }
            count += 1
            return true
        }

        mutating func give(_ caller: ExactString?) {
            count -= 1
            guard let caller else { return }
            let own = countByCaller[caller, default: 0] - 1
            countByCaller[caller] = own > 0 ? own : nil
        }
    }

    /// Woken when an operation changes. A stream's waiter is not counted here: the stream has a place already, in this
    /// process or in that of its client.
    let operations = CommitWaiters<OperationID>()
    private let maxCount: Int
    private let state = Mutex(State())

    /// - Parameter maxCount: how many requests may wait at the same time.
    init(maxCount: Int = .max) {
        self.maxCount = maxCount
    }

    /// The number of requests waiting now, without streams.
    var count: Int { state.withLock { $0.count - $0.streamCount } }

    /// The number of streams open now.
    var streamCount: Int { state.withLock { $0.streamCount } }

    /// Runs `body` with a waiter for the operation; with nil if too many wait already.
    /// - Parameter caller: the caller's name; nil for one without a limit of its own.
    func withWaiter<Value>(
        for operation: OperationID, of caller: ExactString?,
        _ body: (CommitWaiters<OperationID>.Waiter?) async throws -> Value
    ) async rethrows -> Value {
        guard reserve(for: caller) else { return try await body(nil) }
        defer { release(for: caller) }
        return try await operations.withWaiter(for: operation, body)
    }

    /// Counts a request that waits for another process, which knows the operation.
    /// - Returns: false if too many wait already; if true, ``release(for:)`` must follow.
    func reserve(for caller: ExactString?) -> Bool {
        state.withLock { $0.take(maxCount, caller) }
    }

    func release(for caller: ExactString?) {
        state.withLock { $0.give(caller) }
    }

    /// Counts a stream until the place is released.
    /// - Parameter caller: the caller's name; nil for one without a limit of its own.
    func takeStreamPlace(for caller: ExactString?) -> Result<StreamPlace, StreamPlace.Refusal> {
        state.withLock { state in
            if let caller, state.streamsByCaller[caller, default: 0] >= Self.maxStreamsPerCaller {
                return .failure(.callerHasTooMany)
            }
            guard state.count < maxCount else { return .failure(.tooMany) }
            state.count += 1
            state.streamCount += 1
            if let caller { state.streamsByCaller[caller, default: 0] += 1 }
            return .success(StreamPlace(waiters: self, caller: caller))
        }
    }

    func giveStreamPlace(of caller: ExactString?) {
        state.withLock { state in
            state.count -= 1
            state.streamCount -= 1
            guard let caller else { return }
            let own = state.streamsByCaller[caller, default: 0] - 1
            state.streamsByCaller[caller] = own > 0 ? own : nil
        }
    }
}
