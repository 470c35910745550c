import Contracts
import Synchronization

/// The requests for positions that wait until a waiting list has applied what ApplicationService had sent when it
/// asked. A waiter sleeps until the commit or until its time is over.
final class ListWaiters: Sendable {
    /// How many may wait in this process at the same time; others are answered with the list as it is.
    static let maxCount = 192

    private struct State {
        var lastID: UInt64 = 0
        var count = 0
        var waiters: [ID: [UInt64: Waiter]] = [:]
    }

    private let state = Mutex(State())

    /// The number of requests waiting now.
    var count: Int { state.withLock(\.count) }

    /// Wakes those who wait for this many messages about the application, or fewer. Called after the commit.
    func applied(_ seen: Int, to application: ID) {
        let woken = state.withLock { state -> [Waiter] in
            guard state.count > 0, let waiters = state.waiters[application] else { return [] }
            return waiters.values.filter { $0.seen <= seen }
        }
        for waiter in woken { waiter.continuation.finish() }
    }

    /// Runs `body` with a waiter that misses no commit from now on; with nil if too many wait already.
    /// - Parameter seen: how many messages about the application the list is to have applied.
    func withWaiter<Value>(
        for seen: Int, of application: ID, _ body: (Waiter?) async throws -> Value
    ) async rethrows -> Value {
        let waiter = add(seen, application)
        defer { if let waiter { remove(waiter) } }
        return try await body(waiter)
    }

    private func add(_ seen: Int, _ application: ID) -> Waiter? {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        return state.withLock { state in
            guard state.count < Self.maxCount else { return nil }
            state.count += 1
            state.lastID += 1
            let waiter = Waiter(
                application: application, seen: seen, id: state.lastID, stream: stream, continuation: continuation)
            state.waiters[application, default: [:]][waiter.id] = waiter
            return waiter
        }
    }

    private func remove(_ waiter: Waiter) {
        state.withLock { state in
            state.count -= 1
            state.waiters[waiter.application]?[waiter.id] = nil
            if state.waiters[waiter.application]?.isEmpty == true { state.waiters[waiter.application] = nil }
        }
        waiter.continuation.finish()
    }

    struct Waiter: Sendable {
        fileprivate let application: ID
        fileprivate let seen: Int
        fileprivate let id: UInt64
        fileprivate let stream: AsyncStream<Void>
        fileprivate let continuation: AsyncStream<Void>.Continuation

        /// Returns when the messages are applied, at the latest after `limit`.
        func wait(atMost limit: Duration) async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in stream {} }
                // When the commit comes first, the sleep is cancelled; its error means nothing.
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        }
    }
}
