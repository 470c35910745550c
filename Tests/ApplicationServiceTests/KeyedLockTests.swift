import Synchronization
import Testing

@testable import ApplicationService

@Suite struct KeyedLockTests {
    private final class Counts: Sendable {
        let holders = Atomic(0)
        let completed = Atomic(0)
    }

    @Test func `one holder per key at a time, and every waiter gets the lock`() async {
        let lock = KeyedLock()
        let counts = Counts()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await lock.withLock([1]) {
                        #expect(counts.holders.add(1, ordering: .relaxed).newValue == 1)
                        await Task.yield()
                        counts.holders.subtract(1, ordering: .relaxed)
                        counts.completed.add(1, ordering: .relaxed)
                    }
                }
            }
        }
        #expect(counts.completed.load(ordering: .relaxed) == 100)
    }

    @Test func `another key does not wait, and an error releases the lock`() async throws {
        struct WorkFailed: Error {}
        let lock = KeyedLock()
        await lock.withLock([1]) {
            await lock.withLock([2]) {}
        }
        await #expect(throws: WorkFailed.self) { try await lock.withLock([1]) { throw WorkFailed() } }
        await lock.withLock([1]) {}
    }
}
