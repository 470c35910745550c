package import Hummingbird

/// A request context with the caller of the request, and the rate limit that ``RateLimiter`` sets.
package protocol CallerRequestContext: RequestContext {
    var caller: Caller { get }
    /// Set by ``RateLimiter`` when the caller is over the limit, but the request may be a replay, which is exempt. It
    /// must be thrown if the request is not a replay.
    var rateLimitProblem: Problem? { get set }
}
