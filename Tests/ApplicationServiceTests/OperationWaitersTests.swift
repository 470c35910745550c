import ApplicationDomain
import Contracts
import Testing

@testable import ApplicationService

@Suite struct OperationWaitersTests {
    @Test func `five requests of a caller may wait, and half of the connections in all`() {
        let waiters = OperationWaiters(maxCount: 8)
        #expect((0..<6).count { _ in waiters.reserve(for: "volunteer:1") } == OperationWaiters.maxPerCaller)
        #expect((2..<9).count { waiters.reserve(for: ExactString("volunteer:\($0)")) } == 3)
        #expect(waiters.count == 8)
        // Who has waited makes room for others, and for the caller.
        for _ in 0..<OperationWaiters.maxPerCaller { waiters.release(for: "volunteer:1") }
        #expect(waiters.count == 3)
        #expect((0..<6).count { _ in waiters.reserve(for: "volunteer:1") } == 5)
        #expect(!waiters.reserve(for: "volunteer:2"))
    }

    @Test func `callers without a limit of their own may all wait, up to half of the connections`() {
        let waiters = OperationWaiters(maxCount: 8)
        #expect((0..<9).count { _ in waiters.reserve(for: nil) } == 8)
    }

    @Test func `what waits for another process counts like what waits here`() async throws {
        let waiters = OperationWaiters(maxCount: 8)
        let id = try #require(OperationID(parsing: "p00-\(String(repeating: "0", count: 32))"))
        func canWait(_ caller: ExactString) async -> Bool {
            await waiters.withWaiter(for: id, of: caller) { $0 != nil }
        }
        for _ in 0..<OperationWaiters.maxPerCaller { #expect(waiters.reserve(for: "volunteer:1")) }
        #expect(await !canWait("volunteer:1"))
        #expect(await canWait("volunteer:2"))
        #expect((0..<4).count { _ in waiters.reserve(for: nil) } == 3)
        #expect(await !canWait("volunteer:2"))
        waiters.release(for: "volunteer:1")
        #expect(await canWait("volunteer:1"))
        #expect(waiters.count == 7)
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
}
