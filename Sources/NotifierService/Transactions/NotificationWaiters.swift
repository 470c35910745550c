import Contracts
import Ledger
import ServiceLifecycle
import Synchronization

/// The requests that wait for a user's next notification: the streams of inboxes. A waiter sleeps until a notification
/// is committed, its time is over or the process stops.
final class NotificationWaiters: Sendable {
    /// How many may wait in one partition at the same time; the rest of its requests stays for what does not wait.
    static let maxPerPartition = 3_072

    private struct State {
        var lastID: UInt64 = 0
        var counts: [Partition: Int] = [:]
        var continuations: [ID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    /// The number of requests waiting now.
    var count: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    /// Wakes those who wait for a notification of this user. Called after the commit.
    func notified(_ user: ID) {
        let woken = state.withLock { Array(($0.continuations[user] ?? [:]).values) }
        for continuation in woken { continuation.finish() }
    }

    /// Runs `body` with a waiter that misses no notification from now on; with nil if too many wait already.
    func withWaiter<Value>(
        for user: ID, in partition: Partition, _ body: (Waiter?) async throws -> Value
    ) async rethrows -> Value {
        let waiter = add(user, partition)
        defer { if let waiter { remove(waiter) } }
        return try await body(waiter)
    }

    private func add(_ user: ID, _ partition: Partition) -> Waiter? {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        return state.withLock { state in
            guard state.counts[partition, default: 0] < Self.maxPerPartition else { return nil }
            state.counts[partition, default: 0] += 1
            state.lastID += 1
            state.continuations[user, default: [:]][state.lastID] = continuation
            return Waiter(
                user: user, partition: partition, id: state.lastID, stream: stream, continuation: continuation)
        }
    }

    private func remove(_ waiter: Waiter) {
        state.withLock { state in
            state.counts[waiter.partition, default: 0] -= 1
            state.continuations[waiter.user]?[waiter.id] = nil
            if state.continuations[waiter.user]?.isEmpty == true { state.continuations[waiter.user] = nil }
        }
        waiter.continuation.finish()
    }

    struct Waiter: Sendable {
        fileprivate let user: ID
        fileprivate let partition: Partition
        fileprivate let id: UInt64
        fileprivate let stream: AsyncStream<Void>
        fileprivate let continuation: AsyncStream<Void>.Continuation

        /// Returns when the user was sent a notification, at the latest after `limit`.
        func wait(atMost limit: Duration) async {
            await withGracefulShutdownHandler {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { for await _ in stream {} }
                    // When a notification comes first, the sleep is cancelled; its error means nothing.
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
