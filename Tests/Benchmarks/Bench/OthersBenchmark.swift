import Broker
import BrokerTesting
import Contracts
import Foundation

/// The same hop as others write it, in Go and with FastStream in Python (`Tests/Benchmarks/Others`): a response from a
/// filled durable quorum queue, recognised when it comes twice, decided and committed to SQLite with a sync, its
/// outcome published and confirmed, then acked. The others have the shorter route, from queue to queue with three
/// properties.
struct OthersBenchmark {
    private let options: Options
    private let messages: Int
    private let folder: String
    private let programs: [Other]

    private struct Other {
        let name: String
        let command: [String]
        /// They are slower, and need fewer messages for a measurement that takes as long.
        let share: Double
    }

    init(_ options: Options) throws {
        self.options = options
        messages = options.messages ?? 100_000
        let environment = ProcessInfo.processInfo.environment
        guard let go = environment["BENCH_GO"] else {
            throw BenchError("run deploy/bench others, which builds the programs", code: 64)
        }
        var programs = [Other(name: "Go", command: [go], share: 0.1)]
        // Not set if PyPI cannot be reached.
        if let python = environment["BENCH_PYTHON"], let script = environment["BENCH_FASTSTREAM"] {
            programs.append(Other(name: "FastStream", command: [python, script], share: 0.05))
        }
        self.programs = programs
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let service = try HopService(options, broker: options.broker, folder: folder + "/data")
        defer { service.stop() }
        var ours: [Double] = []
        var theirs: [String: [Double]] = [:]
        for round in 1...options.rounds {
            let prefix = String(UUID().uuidString.prefix(8))
            try service.open(prefix: prefix)
            let outcome = try service.hop.measurePreloaded(messages) { Load.responses(prefix: prefix, $0) }
            ours.append(outcome.perSecond)
            try service.purge()
            print("round \(round): ApplicationService \(Int(outcome.perSecond))/s")
            for other in programs {
                let rate = try measure(other, service.session, round: round)
                theirs[other.name, default: []].append(rate)
                print("  \(other.name) \(Int(rate))/s: ahead by \((outcome.perSecond / rate).rounded(to: 1)) times")
            }
        }
        return programs.map { other in
            let rates = theirs[other.name, default: []]
            return .rate(
                "others: responses decided from a filled queue; written with \(other.name)", Measure.median(ours),
                reference: Measure.median(rates), ratio: Measure.median(zip(ours, rates).map { $0 / $1 }))
        }
    }

    private func measure(_ other: Other, _ session: BlockingClient, round: Int) throws -> Double {
        let name = "bench.\(other.name.lowercased())-\(round)"
        let queues = (from: name + ".in", out: name + ".out")
        let messages = Int(Double(messages) * other.share)
        let arguments: [String: HeaderValue] = ["x-queue-type": .string("quorum")]
        try session.declare(
            [queues.from, queues.out].map {
                .queue(name: $0, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
            })
        defer { for queue in [queues.from, queues.out] { try? session.deleteQueue(queue) } }
        let program = try Program(
            other.command[0],
            other.command.dropFirst() + [options.broker, "\(folder)/\(name).sqlite", queues.from, queues.out])
        defer { program.stop() }
        try Measure.until("\(other.name) consumes") { try session.consumerCount(queues.from) > 0 }
        let addressed: @Sendable (OutgoingMessage) -> OutgoingMessage = { message in
            var message = message
            message.exchange = ""
            message.routingKey = queues.from
            return message
        }
        _ = try session.publishBatch(Load.creates(prefix: name).map(addressed))
        // It has created all applications when it has answered a response to each.
        let volunteers = Load.applications * 1_000_000
        let first = Load.responses(prefix: name, volunteers..<volunteers + Load.applications)
        _ = try session.publishBatch(first.map(addressed))
        try Measure.until("\(other.name) has the applications") {
            try session.messageCount(queues.out) >= Load.applications
        }
        let hop = Hop(program: program, session: session, broker: options.broker, out: queues.out)
        return try hop.measurePreloaded(messages) { Load.responses(prefix: name, $0).map(addressed) }.perSecond
    }
}
