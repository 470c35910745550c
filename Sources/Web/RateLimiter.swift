import Contracts
import HTTPTypes
package import Hummingbird
import Synchronization

/// Limits the requests of each caller with a token bucket that holds one second's worth and starts full.
///
/// Replays of commands are exempt. A replay is recognised later, so a command over the limit passes if it has an
/// Idempotency-Key, with the context's `rateLimitProblem` set; and a response with `Idempotent-Replayed` is not
/// counted.
///
/// A bucket is stored as one instant: when it will be full again (GCRA, "virtual scheduling"). An empty bucket is full
/// after exactly one second, and a full bucket need not be stored. So buckets are stored in two generations of at least
/// one second each, and the older generation is dropped as a whole.
///
/// A generation has at most 10,000 callers. With more callers in one second it ends early: memory stays bounded, and a
/// caller that was dropped too early may make one second's worth of requests again.
package final class RateLimiter<Context: CallerRequestContext>: RouterMiddleware {
    /// What one request takes out of a bucket, as time; nil without a limit.
    private let cost: Duration?
    private let now: @Sendable () -> ContinuousClock.Instant
    private let buckets: Mutex<TokenBuckets>

    /// - Parameters:
    ///   - perSecond: requests per second and caller, and the size of a burst; nil or 0 for no limit.
    ///   - now: a monotonic clock.
    package init(perSecond: Int?, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        cost = perSecond.flatMap { $0 > 0 ? TokenBuckets.second / $0 : nil }
        self.now = now
        buckets = Mutex(TokenBuckets(start: now()))
    }

    /// - Throws: `tooManyRequests`.
    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let name = context.caller.name
        guard let wait = admit(name) else {
            let response = try await next(request, context)
            if response.headers.contains(.idempotentReplayed) { refund(name) }
            return response
        }
        let problem = Problem.tooManyRequests(retryAfter: wait)
        let isCommand = request.method != .get && request.method != .head
        guard isCommand, request.headers.contains(.idempotencyKey) else { throw problem }
        var context = context
        context.rateLimitProblem = problem
        return try await next(request, context)
    }

    /// Takes one request out of the caller's bucket.
    /// - Parameter caller: ``Caller/name``.
    /// - Returns: nil when the request is admitted; otherwise the time until one would be, and nothing is taken.
    func admit(_ caller: ExactString) -> Duration? {
        guard let cost else { return nil }
        let now = now()
        return buckets.withLock { buckets in
            let full = max(buckets.full(caller, at: now) ?? now, now) + cost
            let excess = now.duration(to: full) - TokenBuckets.second
            guard excess <= .zero else { return excess }
            buckets.set(caller, full: full)
            return nil
        }
    }

    /// Undoes one ``admit(_:)``, for a request that is exempt from the limit.
    func refund(_ caller: ExactString) {
        guard let cost else { return }
        let now = now()
        buckets.withLock { buckets in
            if let full = buckets.full(caller, at: now) { buckets.set(caller, full: full - cost) }
        }
    }

    /// The number of stored buckets, for tests.
    var bucketCount: Int { buckets.withLock { $0.count } }
}

/// The times at which the callers' buckets will be full. Not nested in the generic class, so that its code is not
/// generic either.
private struct TokenBuckets {
    static let second = Duration.seconds(1)
    private static let maxCallers = 10_000

    private var current: [ExactString: ContinuousClock.Instant] = [:]
    private var previous: [ExactString: ContinuousClock.Instant] = [:]
    private var start: ContinuousClock.Instant

    init(start: ContinuousClock.Instant) {
        self.start = start
    }

    /// When the caller's bucket is full; nil if it is not stored.
    mutating func full(_ caller: ExactString, at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        if start.duration(to: now) >= Self.second || current.count >= Self.maxCallers {
            previous = current
            current = [:]
            start = now
        }
        return current[caller] ?? previous[caller]
    }

    mutating func set(_ caller: ExactString, full: ContinuousClock.Instant) {
        current[caller] = full
    }

    var count: Int { current.count + previous.count }
}
