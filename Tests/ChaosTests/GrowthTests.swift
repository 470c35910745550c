import ChaosHistory
import Testing

/// What the checker makes of processes that take more and more.
@Suite struct GrowthTests {
    private var figures: [WritableKeyPath<History.Sample, Int>] { [\.memory, \.descriptors, \.threads, \.disk] }

    private let first = History.Sample(memory: 50 << 20, descriptors: 30, threads: 12, disk: 1 << 20)

    private func objections(to samples: [History.Sample]) -> Set<Objection.Name> {
        var tale = Tale()
        tale.end()
        tale.history.samples["waitlist"] = samples
        return tale.objections
    }

    /// One sample a second, each with so much more than the one before.
    private func life(
        _ life: Int32, seconds: Int, figure: WritableKeyPath<History.Sample, Int>, step: Int
    ) -> [History.Sample] {
        (0..<seconds).map { second in
            var sample = first
            sample.life = life
            sample.at = .seconds(second)
            sample[keyPath: figure] += second * step
            return sample
        }
    }

    @Test func `a process that takes in the end what it took at the beginning does not grow`() {
        #expect(objections(to: [first, first]) == [])
        #expect(objections(to: life(1, seconds: 60, figure: \.memory, step: 0)) == [])
    }

    @Test func `one that takes a hundred times as much in the end grows`() {
        for figure in figures {
            var last = first
            last[keyPath: figure] *= 100
            #expect(objections(to: [first, last]) == [.grown])
        }
    }

    @Test(arguments: [(0, 2 << 20), (1, 1), (2, 1), (3, 1 << 20)])
    func `one that grows slowly does so in a long life, and is forgiven in a short one`(figure: Int, step: Int) {
        let path = figures[figure]
        #expect(objections(to: life(1, seconds: 80, figure: path, step: step)).contains(.grown))
        #expect(objections(to: (1...3).flatMap { life($0, seconds: 15, figure: path, step: step) }) == [])
    }

    @Test func `files may grow with the messages in them`() {
        var samples = life(1, seconds: 80, figure: \.disk, step: 1 << 20)
        for index in samples.indices { samples[index].seen = index * 256 }
        #expect(objections(to: samples) == [])
    }
}
