import HTTPTypes
package import Hummingbird

/// Limits the requests of each caller. It needs ``AuthenticationMiddleware`` before it.
package struct RateLimitMiddleware<Context: CallerRequestContext>: RouterMiddleware {
    private let limiter: RateLimiter
    private let exemptsReplays: Bool

    /// - Parameter exemptsReplays: whether the routes are commands whose replays do not count. A replay is recognised
    ///   later, so a request over the limit passes if it has an Idempotency-Key, with the context's
    ///   `rateLimitProblem` set; and a response with `Idempotent-Replayed` is not counted.
    package init(_ limiter: RateLimiter, exemptsReplays: Bool = false) {
        self.limiter = limiter
        self.exemptsReplays = exemptsReplays
    }

    /// - Throws: `tooManyRequests`.
    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let name = try context.requireCaller().name
        guard let wait = limiter.admit(name) else {
            let response = try await next(request, context)
            if exemptsReplays, response.headers.contains(.idempotentReplayed) { limiter.refund(name) }
            return response
        }
        let problem = Problem.tooManyRequests(retryAfter: wait)
        guard exemptsReplays, request.headers.contains(.idempotencyKey) else { throw problem }
        var context = context
        context.rateLimitProblem = problem
        return try await next(request, context)
    }
}
