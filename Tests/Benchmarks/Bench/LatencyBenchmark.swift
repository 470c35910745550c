import BrokerTesting
import Contracts
import Foundation

/// How long commands take at 10, 50 and 80 % of the rate that the services sustain, which is measured at the beginning
/// of each round. Commands are sent on schedule, whatever comes back, and a latency counts from the time when the
/// command was due.
struct LatencyBenchmark {
    private let options: Options
    private let folder: String
    private static let percents = [10, 50, 80]
    /// How long commands are sent at each rate, and messages to the references.
    private static let seconds = 2.0
    private static let referenceSeconds = 0.8

    /// One kind of command at one rate.
    private struct Row {
        var rates: [Double] = []
        var outcomes = LatencyHistogram()
        var confirms = LatencyHistogram()
        var reference = LatencyHistogram()
    }

    init(_ options: Options) throws {
        self.options = options
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        let services = try BenchServices(options, in: folder, session)
        defer { services.stop() }
        var syncs = LatencyHistogram()
        let messages = try measure(try MessageLatency(options, session), session, &syncs) { try $0.stop() }
        let http = try measure(try HTTPLatency(options, services, session), session, &syncs) { $0.stop() }
        print(Self.row("a sync of 4 KiB", syncs))
        print("p50 and p99 are medians of \(options.rounds) rounds, p99.9 and the maximum are those of all rounds")
        return messages + http
    }

    /// Measures and prints all rounds.
    private func measure<Subject: LatencySubject>(
        _ subject: Subject, _ session: BlockingClient, _ syncs: inout LatencyHistogram, stop: (Subject) throws -> Void
    ) throws -> [Figure] {
        var subject = subject
        defer { try? stop(subject) }
        var rows = Self.percents.map { _ in Row() }
        var capacities: [Double] = []
        // The first commands find cold caches.
        _ = try subject.capacity()
        for _ in 1...options.rounds {
            let capacity = try subject.capacity()
            capacities.append(capacity)
            syncs.addRound(try Measure.syncs(1_000, in: folder))
            for (index, percent) in Self.percents.enumerated() {
                let rate = capacity * Double(percent) / 100
                let measured = try subject.measure(at: rate, seconds: Self.seconds)
                rows[index].rates.append(rate)
                rows[index].outcomes.addRound(measured.outcomes)
                rows[index].confirms.addRound(measured.confirms)
                rows[index].reference.addRound(
                    try subject.measureReference(at: rate, seconds: Self.referenceSeconds))
                _ = try session.purge(Exchange.notifications)
            }
        }
        print("\(subject.name): the services sustain \(Int(Measure.median(capacities))) a second; latencies in ms")
        print(Self.header)
        for (percent, row) in zip(Self.percents, rows) {
            let rate = Int(Measure.median(row.rates))
            print(Self.row("\(percent) % (\(rate)/s): until the outcome", row.outcomes))
            if !row.confirms.isEmpty { print(Self.row("  until the broker confirms", row.confirms)) }
            print(Self.row("  \(subject.referenceName)", row.reference))
        }
        print("")
        return zip(Self.percents, rows).map { percent, row in
            Self.figure(
                "latency of \(subject.name) at \(percent) %, p99; \(subject.referenceName)",
                row.outcomes.medianOfRounds(percentile: 99), row.reference.medianOfRounds(percentile: 99))
        }
    }

    /// Of latencies in milliseconds.
    private static func figure(_ name: String, _ value: Double, _ reference: Double) -> Figure {
        Figure(
            name: name, value: "\(milliseconds(value)) ms", reference: "\(milliseconds(reference)) ms",
            ratio: value / reference)
    }

    private static let header =
        "".padding(toLength: 36, withPad: " ", startingAt: 0)
        + ["p50", "p99", "p99.9", "maximum"].map(aligned).joined()

    private static func row(_ name: String, _ latencies: LatencyHistogram) -> String {
        name.padding(toLength: 36, withPad: " ", startingAt: 0)
            + [
                latencies.medianOfRounds(percentile: 50), latencies.medianOfRounds(percentile: 99),
                latencies.ofAllRounds(percentile: 99.9), latencies.ofAllRounds(percentile: 100),
            ].map { aligned(milliseconds($0)) }.joined()
    }

    private static func aligned(_ text: String) -> String {
        String(repeating: " ", count: max(0, 10 - text.count)) + text
    }

    private static func milliseconds(_ value: Double) -> String { String(format: "%.1f", value) }
}
