import Broker
import Contracts
import Foundation

/// ApplicationService alone: takes `volunteer_response` in, decides, commits, publishes, acks; and beside it, in the
/// same run,
/// a relay that only takes and publishes, with the same batch and durability at the broker.
struct HopBenchmark {
    private let options: Options
    private let folder: String
    private static let batch = 256
    private static let prefetch = 1024

    init(_ options: Options) throws {
        self.options = options
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        print("A sync of 4 KiB on this disk: median \(try syncCost()) µs of 200")
        let session = try BrokerSession.connect(url: options.broker, name: "bench")
        defer { session.close() }
        let service = try Program(
            "\(options.binaries)/ApplicationService", [],
            environment: [
                "AMQP_URL": options.broker, "DATA_DIR": folder + "/data",
                "HTTP_PORT": ProcessInfo.processInfo.environment["BENCH_HTTP_PORT"] ?? "0", "LOG_LEVEL": "warning",
            ])
        defer { service.stop() }
        try until("ApplicationService consumes") { (try? session.consumerCount(Topology.ingressQueue)) ?? 0 > 0 }
        if options.memory {
            _ = try measureService(session, service, messages: 1_000_000, round: 0)
            return
        }
        try session.declare([queue("bench.in"), queue("bench.out")])
        var ratios: [Double] = []
        for round in 1...options.rounds {
            let bare = try measureRelay(session, round: round)
            let full = try measureService(session, service, messages: options.messages, round: round)
            ratios.append(full / bare)
            print(
                "round \(round): service \(whole(full))/s, bare relay \(whole(bare))/s, ratio "
                    + String(format: "%.2f", full / bare))
        }
        print("median ratio of \(ratios.count) rounds: " + String(format: "%.2f", ratios.sorted()[ratios.count / 2]))
    }

    // MARK: - The two sides

    private func measureService(
        _ session: BrokerSession, _ service: Program, messages: Int, round: Int
    ) throws -> Double {
        let prefix = "\(UUID().uuidString.prefix(8))-\(round)"
        let before = try session.messageCount("notifier.p00")
        _ = try session.publishBatch(Load.creates(prefix: prefix))
        try until("the applications are open") {
            try session.messageCount("notifier.p00") >= before + Load.applications
        }
        let memoryBefore = service.memory
        let processorBefore = service.processorSeconds
        let rate = try rate(of: messages, session: session, out: "notifier.p00") {
            Load.responses(prefix: prefix, $0)
        }
        let perMessage = Int((service.processorSeconds - processorBefore) * 1e6 / Double(messages))
        print(
            "  service: \(messages) responses at \(whole(rate))/s, \(perMessage) µs of processor each; "
                + "resident memory \(memoryBefore) MB before, "
                + "\(service.memory) MB after, \(service.memoryPeak) MB at most")
        _ = try session.purge("notifier.p00")
        _ = try session.purge("waitlist.p00")
        return rate
    }

    private func measureRelay(_ session: BrokerSession, round: Int) throws -> Double {
        guard let url = URLComponents(string: options.broker), let host = url.host, let port = url.port else {
            throw BenchError("the broker's URL names no host and port")
        }
        let relay = try Program(
            "\(options.binaries)/BareRelay",
            [host, String(port), "/", "bench.in", "bench.out", String(Self.batch), String(Self.prefetch)])
        defer { relay.stop() }
        try until("the relay consumes") { try session.consumerCount("bench.in") > 0 }
        let rate = try rate(of: options.messages, session: session, out: "bench.out") { numbers in
            Load.responses(prefix: "bare-\(round)", numbers).map { message in
                var message = message
                message.exchange = ""
                message.routingKey = "bench.in"
                return message
            }
        }
        _ = try session.purge("bench.out")
        return rate
    }

    /// Messages a second from the first publish to the last arrival, with the load beside.
    private func rate(
        of messages: Int, session: BrokerSession, out queue: String,
        make: @escaping @Sendable (Range<Int>) -> [OutgoingMessage]
    ) throws -> Double {
        let before = try session.messageCount(queue)
        let started = ContinuousClock.now
        Load.publish(messages, to: options.broker, make: make)
        try until("all have come through", within: 600) { try session.messageCount(queue) >= before + messages }
        return Double(messages) / ((ContinuousClock.now - started) / .seconds(1))
    }

    // MARK: - Small things

    private func queue(_ name: String) -> Declaration {
        .queue(
            name: name, durable: true, exclusive: false, autoDelete: false,
            arguments: ["x-queue-type": .string("quorum")])
    }

    private func until(_ what: String, within seconds: Double = 30, _ condition: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while try !condition() {
            guard Date.now < deadline else { throw BenchError("did not happen in \(seconds) s: \(what)") }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func whole(_ rate: Double) -> String { String(Int(rate.rounded())) }

    /// In microseconds: each a write of 4 KiB and an fdatasync.
    private func syncCost() throws -> Int {
        let descriptor = open(folder + "/sync", O_CREAT | O_WRONLY, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot write to \(folder)") }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 7, count: 4096)
        let times = (0..<200).map { _ in
            let started = ContinuousClock.now
            _ = page.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            fdatasync(descriptor)
            return Int((ContinuousClock.now - started) / .microseconds(1))
        }
        return times.sorted()[times.count / 2]
    }
}
