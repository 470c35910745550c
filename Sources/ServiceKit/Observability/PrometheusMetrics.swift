package import Metrics
import Synchronization

/// The backend of swift-metrics in our services: keeps counters, gauges and histograms, and writes them as Prometheus
/// text for `GET /metrics`.
///
/// Counters and meters are exposed as `counter` and `gauge`, recorders as `gauge`, and aggregating recorders and timers
/// as `histogram`, timers in seconds. The handlers live as long as the process: every label set that the services use
/// is bounded. Making a handler builds its label text and takes a lock, so hot paths keep the `Counter` or `Timer`.
package final class PrometheusMetrics: MetricsFactory {
    struct Family {
        let type: MetricType
        /// By label text, as `a="1",b="2"`.
        var series: [String: any MetricSeries] = [:]
    }

    /// Upper bounds of the buckets of timers, in seconds: from a quarter of a millisecond, the sync of a fast disk, to
    /// 30 s, the longest that a poll may wait.
    package static let secondsBuckets = [
        0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private let help: [String: String]
    private let buckets: [Double]
    private let families = Mutex<[String: Family]>([:])
    private let collectors = Mutex<[@Sendable () -> [MetricSample]]>([])

    /// - Parameters:
    ///   - help: the help texts by metric name; swift-metrics has none.
    ///   - buckets: the upper bounds of every histogram's buckets, ascending.
    package init(help: [String: String] = [:], buckets: [Double] = secondsBuckets) {
        self.help = help
        self.buckets = buckets
    }

    /// Adds values that are read when `/metrics` is scraped.
    package func collect(_ collector: @escaping @Sendable () -> [MetricSample]) {
        collectors.withLock { $0.append(collector) }
    }

    // MARK: - MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { FloatingPointCounterSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate
            ? series(label, dimensions, .histogram) { HistogramSeries(buckets: buckets) }
            : series(label, dimensions, .gauge) { GaugeSeries() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(buckets: buckets) }
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of this name and these labels, made on first use. If the name is already used for another type of
    /// metric, returns a series that is not exposed: a family has one type.
    private func series<Series: MetricSeries>(
        _ label: String, _ dimensions: [(String, String)], _ type: MetricType, make: () -> Series
    ) -> Series {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return families.withLock { families in
            if let existing = families[name]?.series[labels] as? Series { return existing }
            let series = make()
            var family = families[name] ?? Family(type: type)
            if family.type == type, family.series[labels] == nil {
                family.series[labels] = series
                families[name] = family
            } else {
                assertionFailure("\(name) is used for two types of metric")
            }
            return series
        }
    }

    // MARK: - Exposition

    /// The text exposition format, version 0.0.4: families by name, series by labels.
    package var text: String {
        let samples = collectors.withLock { $0 }.flatMap { $0() }
        var text = PrometheusText(help: help)
        for (name, family) in families.withLock({ $0 }) { text.add(name, family) }
        for sample in samples { text.add(sample) }
        return text.description
    }
}
