import Metrics
import Synchronization

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
