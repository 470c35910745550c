import ApplicationDomain
import Contracts
import ServiceLifecycle
import Synchronization

/// The requests that wait for an operation to end (`Prefer: wait`), and the open streams. A waiter sleeps until the
/// operation changes, its time is over or the process stops. Their number is bounded, since each holds a connection.
final class OperationWaiters: Sendable {
    /// How many requests of one caller may wait at the same time. Not for `service`, which acts for many people.
    static let maxPerCaller = 5
    /// How many streams one caller may have open at the same time. Not for `service` either.
    static let maxStreamsPerCaller = 5

    private struct State {
        var lastID: UInt64 = 0
        var countByCaller: [ExactString: Int] = [:]
        var streamsByCaller: [ExactString: Int] = [:]
        var streamCount = 0
        /// Of requests and streams.
        var count = 0
        var continuations: [OperationID: [UInt64: AsyncStream<Void>.Continuation]] = [:]

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

    /// Wakes the waiters. Called after the commit that changed the operations.
    func operationsChanged(_ operations: [OperationID]) {
        let woken = state.withLock { state in
            operations.flatMap { state.continuations[$0].map { Array($0.values) } ?? [] }
        }
        for continuation in woken { continuation.finish() }
    }

    /// Begins to wait: no change from now on is missed. The waiter must be removed.
    /// - Parameter caller: the caller's name; nil for one without a limit of its own.
    /// - Returns: nil if too many wait already.
    func add(for operation: OperationID, of caller: ExactString?) -> Waiter? {
        guard reserve(for: caller) else { return nil }
        return register(operation) { [self] in release(for: caller) }
    }

    /// The same for a stream, which has a place already, here or in the process of its client.
    func addStream(for operation: OperationID) -> Waiter { register(operation, onRemoval: {}) }

    private func register(
        _ operation: OperationID, onRemoval: @escaping @Sendable () -> Void
    ) -> Waiter {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        return state.withLock { state in
            state.lastID += 1
            state.continuations[operation, default: [:]][state.lastID] = continuation
            return Waiter(
                operation: operation, id: state.lastID, stream: stream, continuation: continuation,
                onRemoval: onRemoval)
        }
    }

    func remove(_ waiter: Waiter) {
        waiter.onRemoval()
        state.withLock { state in
            state.continuations[waiter.operation]?[waiter.id] = nil
            if state.continuations[waiter.operation]?.isEmpty == true { state.continuations[waiter.operation] = nil }
        }
        waiter.continuation.finish()
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

    struct Waiter: Sendable {
        fileprivate let operation: OperationID
        fileprivate let id: UInt64
        fileprivate let stream: AsyncStream<Void>
        fileprivate let continuation: AsyncStream<Void>.Continuation
        fileprivate let onRemoval: @Sendable () -> Void

        /// Returns when the operation has changed, at the latest after `limit`.
        func wait(atMost limit: Duration) async {
            await withGracefulShutdownHandler {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { for await _ in stream {} }
                    // When the operation changes first, the sleep is cancelled; its error means nothing.
                    group.addTask { try? await Task.sleep(for: limit) }
                    await group.next()
                    group.cancelAll()
                }
            } onGracefulShutdown: {
                continuation.finish()
            }
        }
    }
}
