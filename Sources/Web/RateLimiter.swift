import Synchronization

/// How many requests each caller may make: a bucket per caller, which holds as many as one second brings, and is full
/// at first.
///
/// A bucket is one instant: when it will be full again, if nothing more is taken (the "virtual scheduling" of ATM's
/// GCRA). It fills from empty in exactly one second, so a caller who was quiet for a second has a full bucket, which is
/// the same as none: buckets are kept in two generations, of a second at least, and go with the second.
///
/// At most 10,000 callers are in a generation. When more come within one second, generations change early: memory is
/// bounded, and a caller forgotten too soon may make a second's worth of requests once more.
package final class RateLimiter: Sendable {
    /// What one request takes out of a bucket, as time; nil when nobody is counted.
    private let cost: Duration?
    private let now: @Sendable () -> ContinuousClock.Instant
    private let buckets: Mutex<Buckets>

    /// - Parameters:
    ///   - perSecond: requests per second and caller, and as many at once; nil or 0 admits everyone.
    ///   - now: a clock that only goes forward.
    package init(perSecond: Int?, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        cost = perSecond.flatMap { $0 > 0 ? Self.second / $0 : nil }
        self.now = now
        buckets = Mutex(Buckets(start: now()))
    }

    /// Takes one request out of the caller's bucket.
    /// - Parameter caller: ``Caller/name``.
    /// - Returns: nil when the request is admitted, else how long until one would be; nothing is taken then.
    package func admit(_ caller: String) -> Duration? {
        guard let cost else { return nil }
        let now = now()
        return buckets.withLock { buckets in
            let full = max(buckets.full(caller, at: now) ?? now, now) + cost
            let excess = now.duration(to: full) - Self.second
            guard excess <= .zero else { return excess }
            buckets.set(caller, full: full)
            return nil
        }
    }

    /// Undoes one ``admit(_:)``, for a request that turned out to be a repetition and cost us nothing.
    package func refund(_ caller: String) {
        guard let cost else { return }
        let now = now()
        buckets.withLock { buckets in
            if let full = buckets.full(caller, at: now) { buckets.set(caller, full: full - cost) }
        }
    }

    private static let second = Duration.seconds(1)
    private static let mostCallers = 10_000

    private struct Buckets {
        private var young: [String: ContinuousClock.Instant] = [:]
        private var old: [String: ContinuousClock.Instant] = [:]
        private var start: ContinuousClock.Instant

        init(start: ContinuousClock.Instant) {
            self.start = start
        }

        /// When the caller's bucket is full, if it was touched lately.
        mutating func full(_ caller: String, at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
            if start.duration(to: now) >= second || young.count >= mostCallers {
                old = young
                young = [:]
                start = now
            }
            return young[caller] ?? old[caller]
        }

        mutating func set(_ caller: String, full: ContinuousClock.Instant) {
            young[caller] = full
        }

        var count: Int { young.count + old.count }
    }

    /// How many callers are remembered, for tests.
    var remembered: Int { buckets.withLock { $0.count } }
}
