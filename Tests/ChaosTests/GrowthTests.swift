import ChaosHistory
import Testing

/// Violations of processes whose use of resources grows.
@Suite struct GrowthTests {
    private var figures: [WritableKeyPath<History.Sample, Int>] { [\.descriptors, \.threads, \.disk] }

    private let first = History.Sample(memory: 50 << 20, descriptors: 30, threads: 12, disk: 1 << 20)

    private func violations(
        in samples: [History.Sample], messages: Int = 0, sharing: Int = 1
    ) -> Set<Violation.Name> {
        var builder = HistoryBuilder()
        builder.history.conditions.sharing = sharing
        builder.end()
        builder.history.messages = (0..<messages).map { number in
            ObservedMessage(
                exchange: "e", routingKey: "volunteer_waiting.waitlist.p00", messageID: "\(number)",
                producer: "outside", body: [])
        }
        builder.history.samples["waitlist"] = samples
        return Set(Checker.violations(in: builder.history).map(\.name)).intersection([.grew])
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

    /// Lifetimes in which a process gets 100 messages a second and keeps `leak` bytes of each, with noise.
    private func leaking(_ leak: Int, lifetimes: Int = 2) -> [History.Sample] {
        (0..<lifetimes).flatMap { life in
            (0..<60).map { second in
                let seen = 100 * (60 * life + second)
                return History.Sample(
                    processID: Int32(life), at: .seconds(60 * life + second), seen: seen,
                    memory: first.memory + 100 * second * leak + (second % 3) << 20, descriptors: first.descriptors,
                    threads: first.threads, disk: first.disk)
            }
        }
    }

    @Test func `a process that uses the same at the end as at the beginning does not grow`() {
        #expect(violations(in: [first, first]) == [])
        #expect(violations(in: lifetime(1, seconds: 60, figure: \.memory, step: 0)) == [])
    }

    @Test func `processes that share a folder grow with what they take over`() {
        #expect(violations(in: leaking(6 << 10)) == [.grew])
        #expect(violations(in: leaking(6 << 10), sharing: 2) == [])
    }

    @Test func `a process that uses a hundred times as much at the end grows`() {
        for figure in figures {
            var last = first
            last[keyPath: figure] *= 100
            #expect(violations(in: [first, last]) == [.grew])
        }
    }

    @Test func `a leak of 6 KB a message is found, one of 1 KB is within the allocator's noise`() {
        #expect(violations(in: leaking(6_000), messages: 12_000) == [.grew])
        #expect(violations(in: leaking(1_000), messages: 12_000) == [])
        #expect(violations(in: leaking(0), messages: 12_000) == [])
    }

    @Test func `memory that grows without messages is a leak too`() {
        #expect(violations(in: lifetime(1, seconds: 80, figure: \.memory, step: 1 << 20)) == [.grew])
    }

    @Test(arguments: [(0, 1), (1, 1), (2, 1 << 20)])
    func `slow growth is found in a long lifetime, and ignored in a short one`(figure: Int, step: Int) {
        let path = figures[figure]
        #expect(violations(in: lifetime(1, seconds: 80, figure: path, step: step)) == [.grew])
        #expect(violations(in: (1...3).flatMap { lifetime($0, seconds: 15, figure: path, step: step) }) == [])
    }

    @Test func `files may grow with the number of messages`() {
        var samples = lifetime(1, seconds: 80, figure: \.disk, step: 1 << 20)
        for index in samples.indices { samples[index].seen = index * 256 }
        #expect(violations(in: samples) == [])
    }
}
