package import Contracts
internal import ServiceLifecycle
internal import Synchronization

/// The requests that wait until a commit has changed what they are about. A waiter sleeps until it is woken, its time
/// is over or the process stops.
package final class CommitWaiters<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var lastID: UInt64 = 0
        var counts: [Partition?: Int] = [:]
        var waiters: [Key: [UInt64: Waiter]] = [:]
    }

    private let maxCount: Int
    private let state = Mutex(State())

    /// - Parameter maxCount: how many may wait at the same time, of each partition if the waiters name theirs.
    package init(maxCount: Int = .max) {
        self.maxCount = maxCount
    }

    /// The number of requests waiting now.
    package var count: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    /// Wakes those who wait for the key. Called after the commit.
    /// - Parameter level: what has been reached; those who wait for more sleep on.
    package func wake(_ key: Key, at level: Int = .max) {
        let woken = state.withLock { $0.waiters[key]?.values.filter { $0.level <= level } ?? [] }
        for waiter in woken { waiter.continuation.finish() }
    }

    /// Runs `body` with a waiter that misses no commit from now on; with nil if too many wait already.
    /// - Parameters:
    ///   - level: a commit that reaches less does not wake the waiter.
    ///   - partition: whose waiters are counted; nil if all are counted together.
    package func withWaiter<Value>(
        for key: Key, reaching level: Int = .min, in partition: Partition? = nil,
        _ body: (Waiter?) async throws -> Value
    ) async rethrows -> Value {
        let waiter = add(key, level, partition)
        defer { if let waiter { remove(waiter) } }
        return try await body(waiter)
    }

    private func add(_ key: Key, _ level: Int, _ partition: Partition?) -> Waiter? {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        return state.withLock { state in
            guard state.counts[partition, default: 0] < maxCount else { return nil }
            state.counts[partition, default: 0] += 1
            state.lastID += 1
            let waiter = Waiter(
                key: key, level: level, partition: partition, id: state.lastID, stream: stream,
                continuation: continuation)
            state.waiters[key, default: [:]][waiter.id] = waiter
            return waiter
        }
    }

    private func remove(_ waiter: Waiter) {
        state.withLock { state in
            state.counts[waiter.partition, default: 0] -= 1
            state.waiters[waiter.key]?[waiter.id] = nil
            if state.waiters[waiter.key]?.isEmpty == true { state.waiters[waiter.key] = nil }
        }
        waiter.continuation.finish()
    }

    package struct Waiter: Sendable {
        fileprivate let key: Key
        fileprivate let level: Int
        fileprivate let partition: Partition?
        fileprivate let id: UInt64
        fileprivate let stream: AsyncStream<Void>
        fileprivate let continuation: AsyncStream<Void>.Continuation

        /// Returns when it is woken, at the latest after `limit`.
        package func wait(atMost limit: Duration) async {
            await withGracefulShutdownHandler {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { for await _ in stream {} }
                    // When the commit comes first, the sleep is cancelled; its error means nothing.
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
