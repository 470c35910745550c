import Contracts
import HTTPTypes
import Hummingbird
import TestSupport
import Testing

@testable import Web

@Suite struct RateLimitMiddlewareTests {
    private let clock = TestClock(ContinuousClock.now)
    private let context: TestContext

    init() throws {
        var context = TestContext()
        context.caller = Caller(role: .fund, id: try ID("1"))
        self.context = context
    }

    private func limiter() -> RateLimiter { RateLimiter(perSecond: 1, now: { [clock] in clock.now }) }

    @Test func `a request over the limit is refused, even with an Idempotency-Key`() async throws {
        let middleware = RateLimitMiddleware<TestContext>(limiter())
        let keyed = request(.get, "/", [.idempotencyKey: "k"])
        _ = try await middleware.handle(keyed, context: context) { _, _ in Response(status: .ok) }
        let problem = await #expect(throws: Problem.self) {
            try await middleware.handle(keyed, context: context) { _, _ in Response(status: .ok) }
        }
        #expect(problem?.code == .tooManyRequests && problem?.headers[.retryAfter] == "1")
    }

    @Test func `a command over the limit passes only with a key, and with the problem for the context`() async throws {
        let middleware = RateLimitMiddleware<TestContext>(limiter(), exemptsReplays: true)
        _ = try await middleware.handle(request(.post), context: context) { _, context in
            #expect(context.rateLimitProblem == nil)
            return Response(status: .accepted)
        }
        await #expect(throws: Problem.self) {
            try await middleware.handle(request(.post), context: context) { _, _ in Response(status: .accepted) }
        }
        let keyed = request(.post, "/", [.idempotencyKey: "k"])
        let response = try await middleware.handle(keyed, context: context) { _, context in
            #expect(context.rateLimitProblem?.code == .tooManyRequests)
            return Response(status: .accepted)
        }
        #expect(response.status == .accepted)
    }

    @Test func `a replay takes nothing`() async throws {
        let middleware = RateLimitMiddleware<TestContext>(limiter(), exemptsReplays: true)
        for _ in 0..<3 {
            _ = try await middleware.handle(request(.post), context: context) { _, context in
                #expect(context.rateLimitProblem == nil)
                return Response(status: .accepted, headers: [.idempotentReplayed: "true"])
            }
        }
    }
}
