import Broker
import BrokerTesting
import Contracts
import Foundation

/// ApplicationService alone: consumes `volunteer_response`, decides, commits, publishes, acks. The baseline in the
/// same run is a bare relay that only consumes and publishes, with the same durability at the broker, over the same
/// route and over the shortest one.
struct HopBenchmark {
    private let options: Options
    private let messages: Int
    private let folder: String
    private static let batch = 512
    private static let prefetch = 1024

    /// The route of the bare relay's messages.
    private enum Route {
        /// Through the same exchanges, queues and bindings as the service's messages, with the same properties.
        case same
        /// From queue to queue through the default exchange, with two properties.
        case shortest

        var from: String { self == .same ? "bench.ingress" : "bench.in" }
        var out: String { self == .same ? "notifier.p00" : "bench.out" }
        var outExchange: String { self == .same ? Exchange.spotUpdates : "" }
        var outKey: String { self == .same ? "spot_status.notifier.p00" : out }
        var properties: String { self == .same ? "DRESSED" : "PLAIN" }

        /// Addresses a response to the relay only; with its usual key ApplicationService would receive it too.
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
            // The broker may have been used by an earlier run, whose files are gone.
            "\(options.binaries)/ApplicationService", ["--accept-empty"],
            environment: [
                "PARTITIONS": "1",
                "AMQP_URL": options.broker, "DATA_DIR": folder + "/data",
                "HTTP_PORT": ProcessInfo.processInfo.environment["BENCH_HTTP_PORT"] ?? "0", "ADMIN_PORT": "0",
                "LOG_LEVEL": "warning",
            ])
        defer { service.stop() }
        try Measure.until("ApplicationService consumes") {
            (try? session.consumerCount(Topology.ingressQueue)) ?? 0 > 0
        }
        try beginStreams(session)
        if options.memory {
            _ = try measureService(session, service, messages: 1_000_000, round: 0)
            return
        }
        try session.declare([
            queue(Route.shortest.from), queue(Route.shortest.out), queue(Route.same.from, likeOurs: true),
            .binding(queue: Route.same.from, exchange: Exchange.waiting, key: Route.same.from),
        ])
        var sameRouteRatios: [Double] = []
        var shortestRouteRatios: [Double] = []
        for round in 1...options.rounds {
            let shortest = try measureRelay(session, .shortest, round: round)
            let same = try measureRelay(session, .same, round: round)
            let full = try measureService(session, service, messages: messages, round: round)
            sameRouteRatios.append(full / same)
            shortestRouteRatios.append(full / shortest)
            print(
                "round \(round): service \(whole(full))/s; bare relay, same route \(whole(same))/s, ratio "
                    + "\(ratio(full / same)); shortest route \(whole(shortest))/s, ratio \(ratio(full / shortest))"
            )
        }
        print(
            "median of \(options.rounds) rounds: ratio \(ratio(Measure.median(sameRouteRatios))) on the same route, "
                + "\(ratio(Measure.median(shortestRouteRatios))) on the shortest route")
    }

    /// Answers the first heads of ApplicationService's streams, as consumers would that have applied nothing: without
    /// an answer it publishes nothing (contract section 4).
    private func beginStreams(_ session: BlockingClient) throws {
        // A head to a queue that does not exist is returned, and sent again later.
        for service in [ServiceName.waitlist, .notifier] { try session.declare(partitionQueue(of: service)) }
        try publishApplications(session, prefix: "begin-\(UUID().uuidString.prefix(8))")
        for queue in ["waitlist.p00", "notifier.p00"] {
            guard let delivery = try session.take(1, from: queue, within: .seconds(60)).first,
                case .streamHead(let head) = try Message(parsing: delivery.body)
            else { throw BenchError("\(queue) does not begin with the head of a stream") }
            let applied = StreamApplied(
                stream: head.stream, epoch: head.epoch, last: 0, handshake: head.handshake)
            let properties = MessageProperties(
                contentType: "application/json", type: Action.streamApplied.rawValue,
                userID: URLComponents(string: options.broker)?.user ?? "guest", deliveryMode: 2)
            _ = try session.publishBatch([
                OutgoingMessage(
                    exchange: "", routingKey: head.stream.producer.queue, properties: properties,
                    body: Message.streamApplied(applied).encoded())
            ])
        }
        try Measure.until("the streams have begun") {
            try session.messageCount("notifier.p00") >= 2 * Load.applications
                && session.messageCount("waitlist.p00") >= Load.applications
        }
        _ = try session.purge("notifier.p00")
        _ = try session.purge("waitlist.p00")
    }

    /// Creates the applications. NotifierService is sent each create with the first message to a volunteer, so there is
    /// one for each: what follows is one message per response.
    private func publishApplications(_ session: BlockingClient, prefix: String) throws {
        _ = try session.publishBatch(Load.creates(prefix: prefix))
        let volunteers = Load.applications * 1_000_000
        _ = try session.publishBatch(
            Load.responses(prefix: prefix, volunteers..<volunteers + Load.applications))
    }

    // MARK: - Measurements

    private func measureService(
        _ session: BlockingClient, _ service: Program, messages: Int, round: Int
    ) throws -> Double {
        let prefix = "\(UUID().uuidString.prefix(8))-\(round)"
        let before = try session.messageCount("notifier.p00")
        try publishApplications(session, prefix: prefix)
        try Measure.until("the applications are open") {
            try session.messageCount("notifier.p00") >= before + 2 * Load.applications
        }
        // The queue holds at most a million messages: the counted ones must fit.
        _ = try session.purge("notifier.p00")
        let memoryBefore = service.memory
        let cpuBefore = service.cpuSeconds
        let rate = try rate(of: messages, session: session, out: "notifier.p00") {
            Load.responses(prefix: prefix, $0)
        }
        let perMessage = Int((service.cpuSeconds - cpuBefore) * 1e6 / Double(messages))
        print(
            "  service: \(messages) responses at \(whole(rate))/s, \(perMessage) µs of CPU each; "
                + "resident memory \(memoryBefore) MB before, "
                + "\(service.memory) MB after, \(service.memoryPeak) MB maximum")
        _ = try session.purge("notifier.p00")
        _ = try session.purge("waitlist.p00")
        return rate
    }

    private func measureRelay(_ session: BlockingClient, _ route: Route, round: Int) throws -> Double {
        guard let url = URLComponents(string: options.broker), let host = url.host, let port = url.port else {
            throw BenchError("the broker's URL has no host or port")
        }
        let relay = try Program(
            "\(options.binaries)/BareRelay",
            [
                host, String(port), "/", route.from, route.outExchange, route.outKey, route.properties,
                String(Self.batch),
                String(Self.prefetch),
            ])
        defer { relay.stop() }
        try Measure.until("the relay consumes") { try session.consumerCount(route.from) > 0 }
        let rate = try rate(of: messages, session: session, out: route.out) { numbers in
            Load.responses(prefix: "bare-\(round)", numbers).map(route.addressed)
        }
        _ = try session.purge(route.out)
        return rate
    }

    /// Messages per second from the first publish to the last arrival, while the load runs on the same machine.
    private func rate(
        of messages: Int, session: BlockingClient, out queue: String,
        make: @escaping @Sendable (Range<Int>) -> [OutgoingMessage]
    ) throws -> Double {
        let before = try session.messageCount(queue)
        let started = ContinuousClock.now
        Load.publish(messages, to: options.broker, make: make)
        try Measure.until("all messages have arrived", within: 600) {
            try session.messageCount(queue) >= before + messages
        }
        return Double(messages) / ((ContinuousClock.now - started) / .seconds(1))
    }

    // MARK: - Queues and numbers

    private func queue(_ name: String, likeOurs: Bool = false) -> Declaration {
        var arguments: [String: HeaderValue] = ["x-queue-type": .string("quorum")]
        if likeOurs {
            arguments["x-single-active-consumer"] = .bool(true)
            arguments["x-overflow"] = .string("reject-publish")
            arguments["x-max-length"] = .int(Int64(Limits.queueLength))
        }
        return .queue(name: name, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
    }

    /// The queue of the first partition of a service that does not run, as it declares it.
    private func partitionQueue(of service: ServiceName) -> [Declaration] {
        let address = Address(service: service, partition: Partition(number: 0))
        let arguments: [String: HeaderValue] = [
            "x-queue-type": .string("quorum"), "x-single-active-consumer": .bool(true),
            "x-overflow": .string("reject-publish"),
        ]
        return [.queue(name: address.queue, durable: true, exclusive: false, autoDelete: false, arguments: arguments)]
            + [Exchange.waiting, Exchange.spotUpdates].map {
                .binding(queue: address.queue, exchange: $0, key: "#.\(address.name)")
            }
    }

    private func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

    private func whole(_ rate: Double) -> String { String(Int(rate.rounded())) }
}
