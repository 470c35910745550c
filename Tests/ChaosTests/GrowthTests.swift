import ChaosHistory
import Testing

/// Violations of processes whose use of resources grows.
@Suite struct GrowthTests {
    private var figures: [WritableKeyPath<History.Sample, Int>] { [\.memory, \.descriptors, \.threads, \.disk] }

    private let first = History.Sample(memory: 50 << 20, descriptors: 30, threads: 12, disk: 1 << 20)

    private func violations(in samples: [History.Sample]) -> Set<Violation.Name> {
        var builder = HistoryBuilder()
        builder.end()
        builder.history.samples["waitlist"] = samples
        return builder.violations
    }

    /// One sample per second, each larger than the one before by `step`.
    private func lifetime(
        _ processID: Int32, seconds: Int, figure: WritableKeyPath<History.Sample, Int>, step: Int
    ) -> [History.Sample] {
        (0..<seconds).map { second in
            var sample = first
            sample.processID = processID
            sample.at = .seconds(second)
            sample[keyPath: figure] += second * step
            return sample
        }
    }

    @Test func `a process that uses the same at the end as at the beginning does not grow`() {
        #expect(violations(in: [first, first]) == [])
        #expect(violations(in: lifetime(1, seconds: 60, figure: \.memory, step: 0)) == [])
    }

    @Test func `a process that uses a hundred times as much at the end grows`() {
        for figure in figures {
            var last = first
            last[keyPath: figure] *= 100
            #expect(violations(in: [first, last]) == [.grew])
        }
    }

    @Test(arguments: [(0, 2 << 20), (1, 1), (2, 1), (3, 1 << 20)])
    func `slow growth is found in a long lifetime, and ignored in a short one`(figure: Int, step: Int) {
        let path = figures[figure]
        #expect(violations(in: lifetime(1, seconds: 80, figure: path, step: step)).contains(.grew))
        #expect(violations(in: (1...3).flatMap { lifetime($0, seconds: 15, figure: path, step: step) }) == [])
    }

    @Test func `files may grow with the number of messages`() {
        var samples = lifetime(1, seconds: 80, figure: \.disk, step: 1 << 20)
        for index in samples.indices { samples[index].seen = index * 256 }
        #expect(violations(in: samples) == [])
    }
}
