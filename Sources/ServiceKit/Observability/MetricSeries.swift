import Metrics
import Synchronization

/// The type of a metric family, as written in its `# TYPE` line.
enum MetricType: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// One series of a family: the value or values of a name and a set of labels.
protocol MetricSeries: AnyObject, Sendable {
    /// The samples to write, in order.
    var samples: [SeriesSample] { get }
}

/// One line of a series.
struct SeriesSample: Sendable {
    /// Appended to the family's name: `_bucket`, `_sum`, `_count`, or nothing.
    var suffix = ""
    /// A further label, as `le="0.5"`.
    var label = ""
    let value: Double
}

/// A counter of whole steps.
final class CounterSeries: CounterHandler, MetricSeries {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) { count.add(amount, ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }

    var samples: [SeriesSample] { [SeriesSample(value: Double(count.load(ordering: .relaxed)))] }
}

/// A counter of fractions, such as seconds spent.
final class FloatingPointCounterSeries: FloatingPointCounterHandler, MetricSeries {
    private let total = Mutex(0.0)

    func increment(by amount: Double) { total.withLock { $0 += amount } }

    func reset() { total.withLock { $0 = 0 } }

    var samples: [SeriesSample] { [SeriesSample(value: total.withLock { $0 })] }
}

/// Values counted by size, from which Prometheus computes quantiles. Timers record seconds.
final class HistogramSeries: TimerHandler, RecorderHandler, MetricSeries {
    private struct State {
        /// Per bucket, not cumulative; the last one counts what is above every bound.
        var counts: [Int]
        var sum = 0.0
    }

    private let buckets: [Double]
    private let state: Mutex<State>

    /// - Parameter buckets: the upper bounds, ascending and inclusive, without infinity.
    init(buckets: [Double]) {
        self.buckets = buckets
        state = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1)))
    }

    func record(_ value: Double) {
        let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func record(_ value: Int64) { record(Double(value)) }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var samples: [SeriesSample] {
        let state = state.withLock { $0 }
        var count = 0
        var samples: [SeriesSample] = []
        for (bound, inBucket) in zip(buckets.map(PrometheusText.number) + ["+Inf"], state.counts) {
            count += inBucket
            samples.append(SeriesSample(suffix: "_bucket", label: "le=\"\(bound)\"", value: Double(count)))
        }
        samples.append(SeriesSample(suffix: "_sum", value: state.sum))
        samples.append(SeriesSample(suffix: "_count", value: Double(count)))
        return samples
    }
}
