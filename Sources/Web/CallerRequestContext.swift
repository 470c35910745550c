package import Hummingbird

/// A request context with the caller and the rate limit of the request, which this module's middleware sets.
package protocol CallerRequestContext: RequestContext {
    /// Set by ``AuthenticationMiddleware``.
    var caller: Caller? { get set }
    /// Set by ``RateLimitMiddleware`` when the caller is over the limit, but the request may be a replay, which is
    /// exempt. It must be thrown if the request is not a replay.
    var rateLimitProblem: Problem? { get set }
}

extension CallerRequestContext {
    /// - Throws: `unauthorized` on a route without ``AuthenticationMiddleware``.
    package func requireCaller() throws(Problem) -> Caller {
        guard let caller else { throw .unauthenticated }
        return caller
    }
}
