import Histogram

/// Latencies of several rounds.
struct LatencyHistogram {
    private var rounds: [Histogram<UInt64>] = []
    private var all = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

    /// - Parameter nanoseconds: the latencies of a round.
    mutating func addRound(_ nanoseconds: some Sequence<Int>) {
        var round = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        for value in nanoseconds { round.record(UInt64(max(value, 1))) }
        all.add(round)
        rounds.append(round)
    }

    mutating func addRound(_ delays: [Delay]) { addRound(delays.lazy.map { $0.end - $0.due }) }

    var isEmpty: Bool { all.totalCount == 0 }

    /// In milliseconds: the median of the rounds, which one that was disturbed does not change.
    func medianOfRounds(percentile: Double) -> Double {
        Measure.median(rounds.map { Double($0.valueAtPercentile(percentile)) / 1e6 })
    }

    /// In milliseconds, of all rounds together.
    func ofAllRounds(percentile: Double) -> Double { Double(all.valueAtPercentile(percentile)) / 1e6 }
}
