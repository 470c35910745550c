import Contracts
import ServiceLifecycle
import TestSupport
import Testing

@testable import Ledger

@Suite struct CommitWaitersTests {
    /// Far beyond the limit of a test: a waiter that returns was woken.
    fileprivate static let forever: Duration = .seconds(86_400)

    @Test func `a commit between the registration and the wait is not missed`() async {
        let waiters = CommitWaiters<String>()
        await waiters.withWaiter(for: "a") { waiter in
            #expect(waiters.count == 1)
            waiters.wake("b")
            waiters.wake("a")
            await waiter?.wait(atMost: Self.forever)
        }
        #expect(waiters.count == 0)
    }

    @Test func `a waiter for a level sleeps until a commit reaches it, or until its time is over`() async {
        let waiters = CommitWaiters<String>()
        await waiters.withWaiter(for: "a", reaching: 7) { waiter in
            waiters.wake("a", at: 6)
            let start = ContinuousClock.now
            await waiter?.wait(atMost: .milliseconds(20))
            #expect(ContinuousClock.now - start >= .milliseconds(20))
        }
        await waiters.withWaiter(for: "a", reaching: 7) { waiter in
            waiters.wake("a", at: 8)
            await waiter?.wait(atMost: Self.forever)
        }
    }

    @Test func `as many wait as may, of each partition for itself`() async {
        let waiters = CommitWaiters<String>(maxCount: 1)
        func canWait(in partition: Partition?) async -> Bool {
            await waiters.withWaiter(for: "a", in: partition) { $0 != nil }
        }
        let first = Partition(number: 0)
        await waiters.withWaiter(for: "a", in: first) { _ in
            #expect(await !canWait(in: first))
            #expect(await canWait(in: Partition(number: 1)))
            #expect(await canWait(in: nil))
        }
        #expect(await canWait(in: first))
    }

    @Test func `a stop of the process ends the wait`() async throws {
        struct Waiting: Service {
            let waiters = CommitWaiters<String>()

            func run() async {
                await waiters.withWaiter(for: "a") { await $0?.wait(atMost: CommitWaitersTests.forever) }
            }
        }
        let service = Waiting()
        let group = ServiceGroup(configuration: .init(services: [service], logger: .quiet))
        async let running: Void = group.run()
        try await eventually("it waits") { service.waiters.count == 1 }
        await group.triggerGracefulShutdown()
        try await running
    }
}
