import Contracts
import ServiceLifecycle
import Synchronization

/// Who waits for an operation to end (`Prefer: wait`): asleep until it is said to have changed, the time is over, or
/// the process stops.
final class OperationWaiters: Sendable {
    private struct Watchers {
        var last: UInt64 = 0
        var of: [OperationID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    }

    private let watchers = Mutex(Watchers())

    /// How many wait just now.
    var count: Int { watchers.withLock { $0.of.values.reduce(0) { $0 + $1.count } } }

    /// Called after the commit that changed them.
    func changed(_ operations: [OperationID]) {
        let woken = watchers.withLock { watchers in
            operations.flatMap { watchers.of[$0].map { Array($0.values) } ?? [] }
        }
        for continuation in woken { continuation.finish() }
    }

    /// Begins to watch: what changes from now on is not missed.
    func watch(_ operation: OperationID) -> Ticket {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let number = watchers.withLock { watchers in
            watchers.last += 1
            watchers.of[operation, default: [:]][watchers.last] = continuation
            return watchers.last
        }
        return Ticket(watch: self, operation: operation, number: number, stream: stream, continuation: continuation)
    }

    private func forget(_ number: UInt64, _ operation: OperationID) {
        watchers.withLock { watchers in
            watchers.of[operation]?[number] = nil
            if watchers.of[operation]?.isEmpty == true { watchers.of[operation] = nil }
        }
    }

    /// One who watches, until `end`.
    struct Ticket: Sendable {
        fileprivate let watch: OperationWaiters
        fileprivate let operation: OperationID
        fileprivate let number: UInt64
        fileprivate let stream: AsyncStream<Void>
        fileprivate let continuation: AsyncStream<Void>.Continuation

        /// Returns when the operation has changed, and at the latest after `limit`.
        func change(within limit: Duration) async {
            await withGracefulShutdownHandler {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { for await _ in stream {} }
                    // A sleep that is cancelled ends early, and that is all.
                    group.addTask { try? await Task.sleep(for: limit) }
                    await group.next()
                    group.cancelAll()
                }
            } onGracefulShutdown: {
                continuation.finish()
            }
        }

        func end() {
            watch.forget(number, operation)
            continuation.finish()
        }
    }
}
