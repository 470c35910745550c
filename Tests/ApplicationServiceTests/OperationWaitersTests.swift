import ApplicationDomain
import Contracts
import Testing

@testable import ApplicationService

@Suite struct OperationWaitersTests {
    private func operation() throws -> OperationID {
        try #require(OperationID(parsing: "p00-\(String(repeating: "0", count: 32))"))
    }

    @Test func `five requests of a caller may wait, and half of the connections in all`() throws {
        let waiters = OperationWaiters(maxCount: 8)
        let id = try operation()
        let own = (0..<6).map { _ in waiters.add(for: id, of: "volunteer:1") }
        #expect(own.compactMap { $0 }.count == OperationWaiters.maxPerCaller)
        let others = (2..<9).map { waiters.add(for: id, of: ExactString("volunteer:\($0)")) }
        #expect(others.compactMap { $0 }.count == 3)
        #expect(waiters.count == 8)
        // Who has waited makes room for others, and for the caller.
        for waiter in own { if let waiter { waiters.remove(waiter) } }
        #expect(waiters.count == 3)
        #expect((0..<6).compactMap { _ in waiters.add(for: id, of: "volunteer:1") }.count == 5)
        #expect(waiters.add(for: id, of: "volunteer:2") == nil)
    }

    @Test func `callers without a limit of their own may all wait, up to half of the connections`() throws {
        let waiters = OperationWaiters(maxCount: 8)
        let id = try operation()
        #expect((0..<9).compactMap { _ in waiters.add(for: id, of: nil) }.count == 8)
    }

    @Test func `what waits for another process counts like what waits here`() throws {
        let waiters = OperationWaiters(maxCount: 8)
        let id = try operation()
        for _ in 0..<OperationWaiters.maxPerCaller { #expect(waiters.reserve(for: "volunteer:1")) }
        #expect(!waiters.reserve(for: "volunteer:1") && waiters.add(for: id, of: "volunteer:1") == nil)
        #expect((0..<4).count { _ in waiters.reserve(for: nil) } == 3)
        #expect(waiters.add(for: id, of: "volunteer:2") == nil)
        waiters.release(for: "volunteer:1")
        #expect(waiters.add(for: id, of: "volunteer:1") != nil)
    }

    @Test func `five streams of a caller may be open, and half of the connections with those who wait`() throws {
        let waiters = OperationWaiters(maxCount: 8)
        func refusal(_ caller: ExactString?) -> StreamPlace.Refusal? {
            if case .failure(let refusal) = waiters.takeStreamPlace(for: caller) { refusal } else { nil }
        }
        var places = try (0..<5).map { _ in try waiters.takeStreamPlace(for: "volunteer:1").get() }
        #expect(waiters.streamCount == 5 && waiters.count == 0)
        #expect(refusal("volunteer:1") == .callerHasTooMany)
        // Requests that wait have a limit of their own.
        for _ in 0..<3 { #expect(waiters.reserve(for: "volunteer:1")) }
        #expect(refusal("volunteer:2") == .tooMany && refusal(nil) == .tooMany)
        #expect(!waiters.reserve(for: nil))
        // A place is given back when nothing refers to it any more.
        places.removeLast()
        #expect(waiters.streamCount == 4 && refusal("volunteer:1") == nil)
        #expect(waiters.streamCount == 4)
        places = []
        #expect(waiters.streamCount == 0 && waiters.count == 3)
    }

    @Test func `a waiter returns when its operation changes`() async throws {
        let waiters = OperationWaiters()
        let id = try operation()
        let waiter = try #require(waiters.add(for: id, of: "volunteer:1"))
        waiters.operationsChanged([id])
        await waiter.wait(atMost: .seconds(3_600))
        waiters.remove(waiter)
        #expect(waiters.count == 0)
    }
}
