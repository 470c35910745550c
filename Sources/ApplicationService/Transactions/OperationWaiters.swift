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
            guard state.count < maxCount else { return nil }
            if let caller {
                guard state.countByCaller[caller, default: 0] < Self.maxPerCaller else { return nil }
                state.countByCaller[caller, default: 0] += 1
            }
            state.count += 1
            state.lastID += 1
            state.continuations[operation, default: [:]][state.lastID] = continuation
            return Waiter(
                operation: operation, caller: caller, id: state.lastID, stream: stream, continuation: continuation)
        }
    }

    func remove(_ waiter: Waiter) {
        state.withLock { state in
            state.count -= 1
            if let caller = waiter.caller {
                let own = state.countByCaller[caller, default: 0] - 1
                state.countByCaller[caller] = own > 0 ? own : nil
            }
            state.continuations[waiter.operation]?[waiter.id] = nil
            if state.continuations[waiter.operation]?.isEmpty == true { state.continuations[waiter.operation] = nil }
        }
        waiter.continuation.finish()
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
