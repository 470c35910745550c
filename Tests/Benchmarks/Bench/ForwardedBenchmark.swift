import BrokerTesting
import Foundation

/// What it costs that a request belongs to another process: the same requests to the process that owns their partition,
/// and to one that owns another, in turn. Latencies are those at a rate that both can serve easily.
struct ForwardedBenchmark {
    private let options: Options
    private let requests: Int
    private let rate: Double
    private let folder: String
    private static let applications = 50
    private static let connections = 16

    init(_ options: Options) throws {
        self.options = options
        requests = options.messages ?? 3_000
        rate = Double(options.rate ?? 300)
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ports = [try Measure.freePort(), try Measure.freePort()]
        let secret = UUID().uuidString
        let processes = try ports.indices.map { number in
            try Program(
                "\(options.binaries)/ApplicationService", ["--accept-empty"],
                environment: [
                    "AMQP_URL": options.broker, "DATA_DIR": "\(folder)/data-\(number)", "HTTP_PORT": "\(ports[number])",
                    "ADMIN_PORT": "0", "AUTH_SECRET": secret, "RATE_LIMIT": "0",
                    "PARTITIONS": "2", "OWNED_PARTITIONS": "\(number)", "PROCESS_NAME": "bench-\(number)",
                    // It warns that the queues of the other services, which do not run, are not there.
                    "LOG_LEVEL": "error",
                ])
        }
        defer { for process in processes { process.stop() } }
        let loads = ports.map { HTTPLoad(port: $0, connections: Self.connections) }
        for load in loads {
            try Measure.until("the processes are ready") {
                (try? load.run([HTTPRequestFactory().get("/readyz")], expecting: 200)) != nil
            }
        }
        let make = HTTPRequestFactory(
            token: try Program.output(
                of: "\(options.binaries)/ApplicationService", ["token", "--role", "service", "--sub", "bench"],
                environment: ["AUTH_SECRET": secret]))
        // All are in a partition of the first process.
        let numbers = try ownNumbers(make, loads[0], processes)
        let commands = try measure("command", expecting: 202, loads, processes) { name, count in
            (0..<count).map { make.response(to: numbers[$0 % numbers.count], by: "\(name)-\($0)") }
        }
        let reads = try measure("read", expecting: 200, loads, processes) { _, count in
            (0..<count).map { make.get(make.application(numbers[$0 % numbers.count])) }
        }
        return commands + reads
    }

    /// Creates applications, and finds out which of them are in the first process: there they cost the second nothing.
    private func ownNumbers(
        _ make: HTTPRequestFactory, _ load: HTTPLoad, _ processes: [Program]
    ) throws -> [Int] {
        let all = Array(0..<2 * Self.applications)
        _ = try load.run(all.map(make.create), expecting: 202)
        return all.filter { number in
            let id = make.application(number).split(separator: "/").last ?? ""
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            return hash % 2 == 0
        }
    }

    private func measure(
        _ name: String, expecting status: Int, _ loads: [HTTPLoad], _ processes: [Program],
        _ make: (_ name: String, _ count: Int) -> [[UInt8]]
    ) throws -> [Figure] {
        var latencies: [[Double]] = [[], []]
        var seconds = [0.0, 0.0]
        for round in 0...options.rounds {
            for (index, load) in loads.enumerated() {
                let (outcome, cost) = try processes[0].cost {
                    try processes[1].cost {
                        try load.run(
                            make("\(name)-\(round)-\(index)", requests), expecting: status,
                            perSecond: rate)
                    }
                }
                // The first round warms up.
                guard round > 0 else { continue }
                latencies[index] += outcome.0.latencies
                seconds[index] += outcome.1 + cost
            }
        }
        let p99s = latencies.map { Self.latency($0, 0.99) }
        let texts = zip(latencies, p99s).map {
            "\(Self.latency($0, 0.5).rounded(to: 2)) and \($1.rounded(to: 2)) ms"
        }
        let costs = zip(seconds, latencies).map { $0 * 1e6 / Double($1.count) }
        return [
            Figure(
                name: "forwarded: \(name) at another process than its owner, p50 and p99; at its owner",
                value: texts[1], reference: texts[0], ratio: p99s[1] / p99s[0]),
            Figure(
                name: "forwarded: CPU of both processes for it", value: "\(Int(costs[1])) µs",
                reference: "\(Int(costs[0])) µs", ratio: costs[1] / costs[0]),
        ]
    }

    /// The time within which this fraction of the requests was answered.
    private static func latency(_ latencies: [Double], _ fraction: Double) -> Double {
        latencies.sorted()[min(latencies.count - 1, Int(Double(latencies.count) * fraction))]
    }
}
