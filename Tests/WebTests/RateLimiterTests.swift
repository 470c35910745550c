import Contracts
import HTTPTypes
import Hummingbird
import TestSupport
import Testing

@testable import Web

@Suite struct RateLimiterTests {
    private let clock = TestClock(ContinuousClock.now)

    private func limiter(_ perSecond: Int?) -> RateLimiter<TestContext> {
        RateLimiter(perSecond: perSecond, now: { [clock] in clock.now })
    }

    @Test(arguments: [1, 3, 7, 100, 9_999])
    func `a full bucket holds a second's worth`(rate: Int) throws {
        let limiter = limiter(rate)
        for _ in 0..<rate { #expect(limiter.admit("a") == nil) }
        let wait = try #require(limiter.admit("a"))
        #expect(wait > .zero && wait <= .seconds(1) / rate + .nanoseconds(rate))
    }

    @Test(arguments: [1, 3, 100])
    func `after the wait one request is admitted`(rate: Int) throws {
        let limiter = limiter(rate)
        for _ in 0..<rate { _ = limiter.admit("a") }
        for _ in 0..<5 {
            clock.now += try #require(limiter.admit("a"))
            #expect(limiter.admit("a") == nil)
            #expect(limiter.admit("a") != nil)
        }
    }

    @Test func `a refused request takes nothing`() throws {
        let limiter = limiter(2)
        for _ in 0..<2 { _ = limiter.admit("a") }
        let wait = try #require(limiter.admit("a"))
        for _ in 0..<50 { #expect(limiter.admit("a") == wait) }
    }

    @Test func `the bucket is full after a second, and never more than full`() {
        let limiter = limiter(5)
        for _ in 0..<5 { _ = limiter.admit("a") }
        clock.now += .seconds(3_600)
        for _ in 0..<5 { #expect(limiter.admit("a") == nil) }
        #expect(limiter.admit("a") != nil)
    }

    @Test func `over an hour the rate is kept`() {
        let limiter = limiter(10)
        var admitted = 0
        for _ in 0..<36_000 {
            clock.now += .milliseconds(100)
            for _ in 0..<3 where limiter.admit("a") == nil { admitted += 1 }
        }
        #expect((36_000...36_010).contains(admitted))
    }

    @Test func `callers have separate buckets`() {
        let limiter = limiter(1)
        #expect(limiter.admit("a") == nil)
        #expect(limiter.admit("b") == nil)
        #expect(limiter.admit("a") != nil)
        #expect(limiter.admit("\u{e9}") == nil)
        #expect(limiter.admit("e\u{301}") == nil, "other bytes are another caller")
    }

    @Test func `a refund can be taken again, and never overfills the bucket`() {
        let limiter = limiter(2)
        for _ in 0..<2 { _ = limiter.admit("a") }
        limiter.refund("a")
        #expect(limiter.admit("a") == nil)
        #expect(limiter.admit("a") != nil)
        for _ in 0..<10 { limiter.refund("a") }
        limiter.refund("unknown")
        for _ in 0..<2 { #expect(limiter.admit("a") == nil) }
        #expect(limiter.admit("a") != nil)
    }

    @Test(arguments: [nil, 0]) func `without a rate every request is admitted`(rate: Int?) {
        let limiter = limiter(rate)
        for _ in 0..<1_000 { #expect(limiter.admit("a") == nil) }
        #expect(limiter.bucketCount == 0)
    }

    @Test func `full buckets are dropped`() {
        let limiter = limiter(100)
        for number in 0..<5_000 { _ = limiter.admit(ExactString("caller \(number)")) }
        for _ in 0..<3 {
            clock.now += .seconds(1)
            _ = limiter.admit("a")
        }
        #expect(limiter.bucketCount <= 2)
    }

    @Test func `the number of stored buckets is bounded`() {
        let limiter = limiter(1)
        for number in 0..<100_000 { _ = limiter.admit(ExactString("caller \(number)")) }
        #expect(limiter.bucketCount <= 20_000)
    }

    // MARK: - As middleware

    @Test(arguments: [HTTPRequest.Method.get, .head])
    func `a query over the limit is refused, even with an Idempotency-Key`(method: HTTPRequest.Method) async throws {
        let limiter = self.limiter(1)
        let keyed = request(method, "/", [.idempotencyKey: "k"])
        _ = try await limiter.handle(keyed, context: TestContext()) { _, _ in Response(status: .ok) }
        let problem = await #expect(throws: Problem.self) {
            try await limiter.handle(keyed, context: TestContext()) { _, _ in Response(status: .ok) }
        }
        #expect(problem?.code == .tooManyRequests && problem?.headers[.retryAfter] == "1")
    }

    @Test func `a command over the limit passes only with a key, and with the problem for the context`() async throws {
        let limiter = self.limiter(1)
        _ = try await limiter.handle(request(.post), context: TestContext()) { _, context in
            #expect(context.rateLimitProblem == nil)
            return Response(status: .accepted)
        }
        await #expect(throws: Problem.self) {
            try await limiter.handle(request(.post), context: TestContext()) { _, _ in Response(status: .accepted) }
        }
        let keyed = request(.post, "/", [.idempotencyKey: "k"])
        let response = try await limiter.handle(keyed, context: TestContext()) { _, context in
            #expect(context.rateLimitProblem?.code == .tooManyRequests)
            return Response(status: .accepted)
        }
        #expect(response.status == .accepted)
    }

    @Test func `a replay takes nothing`() async throws {
        let limiter = self.limiter(1)
        for _ in 0..<3 {
            _ = try await limiter.handle(request(.post), context: TestContext()) { _, context in
                #expect(context.rateLimitProblem == nil)
                return Response(status: .accepted, headers: [.idempotentReplayed: "true"])
            }
        }
    }
}
