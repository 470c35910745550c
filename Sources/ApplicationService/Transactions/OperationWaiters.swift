import ApplicationDomain
import ServiceLifecycle
import Synchronization

/// The requests that wait for an operation to end (`Prefer: wait`). A waiter sleeps until the operation changes, its
/// time is over or the process stops.
final class OperationWaiters: Sendable {
    private struct State {
        var lastID: UInt64 = 0
        var continuations: [OperationID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    /// The number of requests waiting now.
    var count: Int { state.withLock { $0.continuations.values.reduce(0) { $0 + $1.count } } }

    /// Wakes the waiters. Called after the commit that changed the operations.
    func operationsChanged(_ operations: [OperationID]) {
        let woken = state.withLock { state in
            operations.flatMap { state.continuations[$0].map { Array($0.values) } ?? [] }
        }
        for continuation in woken { continuation.finish() }
    }

    /// Begins to wait: no change from now on is missed. The caller must `remove` the waiter.
    func add(for operation: OperationID) -> Waiter {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let id = state.withLock { state in
            state.lastID += 1
            state.continuations[operation, default: [:]][state.lastID] = continuation
            return state.lastID
        }
        return Waiter(operation: operation, id: id, stream: stream, continuation: continuation)
    }

    func remove(_ waiter: Waiter) {
        state.withLock { state in
            state.continuations[waiter.operation]?[waiter.id] = nil
            if state.continuations[waiter.operation]?.isEmpty == true { state.continuations[waiter.operation] = nil }
        }
        waiter.continuation.finish()
    }

    struct Waiter: Sendable {
        fileprivate let operation: OperationID
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
