import BrokerTesting
import Contracts
import Foundation

/// How many commands ApplicationService decides when one, two or four of its processes divide eight partitions. All
/// commands arrive in one queue, and its consumer passes on what belongs to the others. One process of each of the
/// other services runs beside them.
struct ProcessBenchmark {
    private let options: Options
    private let messages: Int
    private static let counts = [1, 2, 4]
    private static let partitions = 8

    private struct Rate {
        let perSecond: Double
        /// Microseconds of CPU per command: of all processes of ApplicationService, and of the whole machine.
        let cost: Double
        let machineCost: Double
    }

    init(_ options: Options) {
        self.options = options
        messages = options.messages ?? 50_000
    }

    func run() throws -> [Figure] {
        var rates: [Int: [Rate]] = [:]
        for round in 1...options.rounds {
            for count in Self.counts {
                let rate = try measure(count)
                rates[count, default: []].append(rate)
                print(
                    "round \(round): \(count) processes decide \(Int(rate.perSecond))/s, \(Int(rate.cost)) µs of CPU "
                        + "each, \(Int(rate.machineCost)) with broker, other services and load")
            }
        }
        func median(_ count: Int, _ value: (Rate) -> Double) -> Double {
            Measure.median(rates[count, default: []].map(value))
        }
        let figures = Self.counts.dropFirst().map { count in
            Figure.rate(
                "processes: commands that \(count) decide; that one decides", median(count, \.perSecond),
                reference: median(1, \.perSecond))
        }
        let costs = Self.counts.map { String(Int(median($0, \.cost))) }.joined(separator: ", ")
        let counts = Self.counts.map(String.init).joined(separator: ", ")
        return figures + [
            .plain("processes: CPU of all per command, with \(counts)", "\(costs) µs")
        ]
    }

    private func measure(_ count: Int) throws -> Rate {
        let folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let others = try ["WaitlistService", "NotifierService"].map { try start($0, "other", port: 0, folder) }
        defer { for other in others { other.stop() } }
        let ports = try (0..<count).map { _ in try Measure.freePort() }
        let processes = try ports.enumerated().map { try start("ApplicationService", "p\($0)", port: $1, folder) }
        defer { for process in processes { process.stop() } }
        try Measure.until("the partitions are divided") {
            let service = "\(options.binaries)/ApplicationService"
            return try Program.partitionsServed(by: service, count: Self.partitions, in: folder).values.sorted()
                == Array(repeating: Self.partitions / count, count: count)
        }
        let prefix = String(UUID().uuidString.prefix(8))
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        _ = try session.publishBatch(Load.creates(prefix: prefix))
        try Measure.until("the applications are open", every: 0.1) {
            try AppliedMessages.count(ports: ports, of: .create) == Load.applications
        }
        let costBefore = processes.map(\.cpuSeconds).reduce(0, +)
        let started = ContinuousClock.now
        let (_, machine) = try Measure.machineCost {
            Load.publish(messages, to: options.broker) { Load.responses(prefix: prefix, $0) }
            try Measure.until("all commands are decided", within: 600, every: 0.1) {
                try AppliedMessages.count(ports: ports, of: .response) >= messages
            }
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let cost = processes.map(\.cpuSeconds).reduce(0, +) - costBefore
        // They end before the files are removed, and the next count begins with empty queues.
        try Measure.until("everybody is told", within: 600, every: 0.2) {
            try session.messageCount(Exchange.notifications) >= messages
        }
        _ = try session.purge(Exchange.notifications)
        return Rate(
            perSecond: Double(messages) / seconds, cost: cost / Double(messages) * 1e6,
            machineCost: machine / Double(messages) * 1e6)
    }

    private func start(_ name: String, _ process: String, port: Int, _ folder: String) throws -> Program {
        try Program(
            // The broker knows the files of the count before, which are gone.
            "\(options.binaries)/\(name)", ["--accept-empty"],
            environment: [
                "AMQP_URL": options.broker, "DATA_DIR": folder, "HTTP_PORT": "0", "ADMIN_PORT": String(port),
                "LOG_LEVEL": "error", "PROCESS_NAME": process, "PARTITIONS": String(Self.partitions),
            ])
    }
}
