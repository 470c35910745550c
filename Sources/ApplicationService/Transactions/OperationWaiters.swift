import ApplicationDomain
import Contracts
import ServiceLifecycle
import Synchronization

/// The requests that wait for an operation to end (`Prefer: wait`). A waiter sleeps until the operation changes, its
/// time is over or the process stops. Their number is bounded, since each holds a connection.
final class OperationWaiters: Sendable {
    /// How many requests of one caller may wait at the same time. Not for `service`, which acts for many people.
    static let maxPerCaller = 5

    private struct State {
        var lastID: UInt64 = 0
        var countByCaller: [ExactString: Int] = [:]
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

    /// The number of requests waiting now.
    var count: Int { state.withLock { $0.count } }

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
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        return state.withLock { state in
            guard state.take(maxCount, caller) else { return nil }
            state.lastID += 1
            state.continuations[operation, default: [:]][state.lastID] = continuation
            return Waiter(
                operation: operation, caller: caller, id: state.lastID, stream: stream, continuation: continuation)
        }
    }

    func remove(_ waiter: Waiter) {
        state.withLock { state in
            state.give(waiter.caller)
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

    struct Waiter: Sendable {
        fileprivate let operation: OperationID
        fileprivate let caller: ExactString?
        fileprivate let id: UInt64
        fileprivate let stream: AsyncStream<Void>
        fileprivate let continuation: AsyncStream<Void>.Continuation

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
