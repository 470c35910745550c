import Metrics
import Synchronization

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
