import Broker
import Contracts
import Foundation

/// ApplicationService alone: takes `volunteer_response` in, decides, commits, publishes, acks. Beside it, in the same
/// run, a relay that only takes and publishes, with the same durability at the broker: on the same way, and on the
/// shortest that there is.
struct HopBenchmark {
    private let options: Options
    private let messages: Int
    private let folder: String
    private static let batch = 512
    private static let prefetch = 1024

    /// How the bare relay's messages go.
    private enum Way {
        /// Through the exchanges ours go through, to queues declared and bound as ours, with the same properties.
        case same
        /// From queue to queue by the default exchange, with two properties.
        case shortest

        var from: String { self == .same ? "bench.ingress" : "bench.in" }
        var out: String { self == .same ? "notifier.p00" : "bench.out" }
        var outExchange: String { self == .same ? Exchange.spotUpdates : "" }
        var outKey: String { self == .same ? "spot_status.notifier.p00" : out }
        var dress: String { self == .same ? "DRESSED" : "PLAIN" }

        /// A response on its way to the relay: by a key of its own, or ApplicationService would take it too.
        func addressed(_ message: OutgoingMessage) -> OutgoingMessage {
            var message = message
            if self == .shortest { message.exchange = "" }
            message.routingKey = from
            return message
        }
    }

    init(_ options: Options) throws {
        self.options = options
        messages = options.messages ?? 100_000
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        print("A sync of 4 KiB on this disk: median \(try Measure.syncCost(in: folder)) µs of 200")
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        let service = try Program(
            "\(options.binaries)/ApplicationService", [],
            environment: [
                "AMQP_URL": options.broker, "DATA_DIR": folder + "/data",
                "HTTP_PORT": ProcessInfo.processInfo.environment["BENCH_HTTP_PORT"] ?? "0", "LOG_LEVEL": "warning",
            ])
        defer { service.stop() }
        try Measure.until("ApplicationService consumes") {
            (try? session.consumerCount(Topology.ingressQueue)) ?? 0 > 0
        }
        if options.memory {
            _ = try measureService(session, service, messages: 1_000_000, round: 0)
            return
        }
        try session.declare([
            queue(Way.shortest.from), queue(Way.shortest.out), queue(Way.same.from, likeOurs: true),
            .binding(queue: Way.same.from, exchange: Exchange.waiting, key: Way.same.from),
        ])
        var toSame: [Double] = []
        var toShortest: [Double] = []
        for round in 1...options.rounds {
            let shortest = try measureRelay(session, .shortest, round: round)
            let same = try measureRelay(session, .same, round: round)
            let full = try measureService(session, service, messages: messages, round: round)
            toSame.append(full / same)
            toShortest.append(full / shortest)
            print(
                "round \(round): service \(whole(full))/s; bare relay on the same way \(whole(same))/s, ratio "
                    + "\(ratio(full / same)); on the shortest way \(whole(shortest))/s, ratio \(ratio(full / shortest))"
            )
        }
        print(
            "median of \(options.rounds) rounds: ratio \(ratio(Measure.median(toSame))) on the same way, "
                + "\(ratio(Measure.median(toShortest))) on the shortest")
    }

    // MARK: - What is measured

    private func measureService(
        _ session: BlockingClient, _ service: Program, messages: Int, round: Int
    ) throws -> Double {
        let prefix = "\(UUID().uuidString.prefix(8))-\(round)"
        let before = try session.messageCount("notifier.p00")
        _ = try session.publishBatch(Load.creates(prefix: prefix))
        try Measure.until("the applications are open") {
            try session.messageCount("notifier.p00") >= before + Load.applications
        }
        // The queue holds a million and no more: what is counted must fit.
        _ = try session.purge("notifier.p00")
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

    private func measureRelay(_ session: BlockingClient, _ way: Way, round: Int) throws -> Double {
        guard let url = URLComponents(string: options.broker), let host = url.host, let port = url.port else {
            throw BenchError("the broker's URL names no host and port")
        }
        let relay = try Program(
            "\(options.binaries)/BareRelay",
            [
                host, String(port), "/", way.from, way.outExchange, way.outKey, way.dress, String(Self.batch),
                String(Self.prefetch),
            ])
        defer { relay.stop() }
        try Measure.until("the relay consumes") { try session.consumerCount(way.from) > 0 }
        let rate = try rate(of: messages, session: session, out: way.out) { numbers in
            Load.responses(prefix: "bare-\(round)", numbers).map(way.addressed)
        }
        _ = try session.purge(way.out)
        return rate
    }

    /// Messages a second from the first publish to the last arrival, with the load beside.
    private func rate(
        of messages: Int, session: BlockingClient, out queue: String,
        make: @escaping @Sendable (Range<Int>) -> [OutgoingMessage]
    ) throws -> Double {
        let before = try session.messageCount(queue)
        let started = ContinuousClock.now
        Load.publish(messages, to: options.broker, make: make)
        try Measure.until("all have come through", within: 600) { try session.messageCount(queue) >= before + messages }
        return Double(messages) / ((ContinuousClock.now - started) / .seconds(1))
    }

    // MARK: - Small things

    private func queue(_ name: String, likeOurs: Bool = false) -> Declaration {
        var arguments: [String: HeaderValue] = ["x-queue-type": .string("quorum")]
        if likeOurs {
            arguments["x-single-active-consumer"] = .bool(true)
            arguments["x-overflow"] = .string("reject-publish")
            arguments["x-max-length"] = .int(Int64(Limits.queueLength))
        }
        return .queue(name: name, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
    }

    private func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

    private func whole(_ rate: Double) -> String { String(Int(rate.rounded())) }
}
