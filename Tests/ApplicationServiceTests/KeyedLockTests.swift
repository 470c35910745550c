import Synchronization
import Testing

@testable import ApplicationService

/// Those with the same key pass one after the other.
@Suite struct TurnstileTests {
    private final class People: Sendable {
        let inside = Atomic(0)
        let passed = Atomic(0)
    }

    @Test func `of the same key one is inside at a time, and all come through`() async {
        let turnstile = KeyedLock()
        let people = People()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await turnstile.pass([1]) {
                        #expect(people.inside.add(1, ordering: .relaxed).newValue == 1)
                        await Task.yield()
                        people.inside.subtract(1, ordering: .relaxed)
                        people.passed.add(1, ordering: .relaxed)
                    }
                }
            }
        }
        #expect(people.passed.load(ordering: .relaxed) == 100)
    }

    @Test func `another key does not wait, and who fails lets the next in`() async throws {
        struct Failure: Error {}
        let turnstile = KeyedLock()
        await turnstile.pass([1]) {
            await turnstile.pass([2]) {}
        }
        await #expect(throws: Failure.self) { try await turnstile.pass([1]) { throw Failure() } }
        await turnstile.pass([1]) {}
    }
}
