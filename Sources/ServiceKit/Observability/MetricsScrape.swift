import Synchronization

/// Answers scrapes: collects the metrics at most once a second, however often and from wherever they are asked for.
final class MetricsScrape: Sendable {
    /// Short against the interval of any scraper.
    static let lifetime: Duration = .seconds(1)
    static let ageName = "waitlist_metrics_age_seconds"

    private let collect: @Sendable () -> String
    private let now: @Sendable () -> ContinuousClock.Instant
    private let last = Mutex<(text: String, at: ContinuousClock.Instant)?>(nil)

    /// - Parameter collect: reads the metrics, as Prometheus text.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, collect: @escaping @Sendable () -> String
    ) {
        self.now = now
        self.collect = collect
    }

    /// The metrics, not older than a second, and how old they are. Simultaneous scrapes wait for one collection.
    var text: String {
        last.withLock { last in
            let now = now()
            if let known = last, now - known.at < Self.lifetime { return Self.text(known.text, age: now - known.at) }
            let text = collect()
            last = (text, now)
            return Self.text(text, age: .zero)
        }
    }

    private static func text(_ text: String, age: Duration) -> String {
        var family = PrometheusText(help: [ageName: "Age of these metrics: they are collected at most once a second"])
        family.add(.gauge(ageName, age / .seconds(1)))
        return text + family.description
    }
}
