import Broker
import BrokerTesting
import Contracts
import Foundation

/// ApplicationService alone: consumes `volunteer_response`, decides, commits, publishes, acks. The reference in the
/// same run is a bare relay that only consumes and publishes, with the same durability at the broker, over the same
/// route and over the shortest one. Then both again with all messages in the queue before they begin.
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

    /// The rates of one kind of measurement, one for each round.
    private struct Rates {
        var service: [Double] = []
        var cpu: [Double] = []
        var relay: [Double] = []

        var ratio: Double { Measure.median(zip(service, relay).map { $0 / $1 }) }

        mutating func add(_ service: Hop.Outcome, _ relay: Double) {
            self.service.append(service.perSecond)
            cpu.append(service.cpuMicroseconds)
            self.relay.append(relay)
        }

        func figure(_ name: String) -> Figure {
            .rate(name, Measure.median(service), reference: Measure.median(relay), ratio: ratio)
        }
    }

    init(_ options: Options) throws {
        self.options = options
        messages = options.messages ?? 100_000
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let service = try HopService(options, broker: options.broker, folder: folder + "/data")
        defer { service.stop() }
        if options.memory {
            _ = try measure(service, 1_000_000, isPreloaded: false)
            return [memory(of: service)]
        }
        try service.session.declare([
            queue(Route.shortest.from), queue(Route.shortest.out), queue(Route.same.from, likeOurs: true),
            .binding(queue: Route.same.from, exchange: Exchange.waiting, key: Route.same.from),
        ])
        var same = Rates()
        var shortest = Rates()
        var preloaded = Rates()
        for round in 1...options.rounds {
            let relayOnShortest = try measureRelay(service, .shortest, round: round)
            let relayOnSame = try measureRelay(service, .same, round: round)
            let relayPreloaded = try measureRelay(service, .shortest, round: round, isPreloaded: true)
            let outcome = try measure(service, messages, isPreloaded: false)
            shortest.add(outcome, relayOnShortest)
            same.add(outcome, relayOnSame)
            preloaded.add(try measure(service, messages, isPreloaded: true), relayPreloaded)
            print("round \(round)")
        }
        return [
            same.figure("hop: responses decided while the load runs; bare relay on the same route"),
            shortest.figure("the same; bare relay on the shortest route"),
            preloaded.figure("hop: responses decided from a filled queue; bare relay on the shortest route"),
            .plain("hop: CPU of ApplicationService per response", "\(Int(Measure.median(preloaded.cpu))) µs"),
            memory(of: service),
        ]
    }

    private func memory(of service: HopService) -> Figure {
        .plain("hop: peak memory of ApplicationService", "\(service.program.memoryPeak) MB")
    }

    private func measure(_ service: HopService, _ messages: Int, isPreloaded: Bool) throws -> Hop.Outcome {
        let prefix = String(UUID().uuidString.prefix(8))
        try service.open(prefix: prefix)
        let memory = service.program.memory
        let outcome =
            try isPreloaded
            ? service.hop.measurePreloaded(messages) { Load.responses(prefix: prefix, $0) }
            : service.hop.measureUnderLoad(messages) { Load.responses(prefix: prefix, $0) }
        print(
            "  service\(isPreloaded ? " from a filled queue" : ""): \(Int(outcome.perSecond))/s, "
                + "\(Int(outcome.cpuMicroseconds)) µs of CPU each; resident memory \(memory) MB before, "
                + "\(service.program.memory) MB after, \(service.program.memoryPeak) MB maximum")
        try service.purge()
        return outcome
    }

    /// - Returns: messages per second.
    private func measureRelay(
        _ service: HopService, _ route: Route, round: Int, isPreloaded: Bool = false
    ) throws -> Double {
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
        try Measure.until("the relay consumes") { try service.session.consumerCount(route.from) > 0 }
        let hop = Hop(program: relay, session: service.session, broker: options.broker, out: route.out)
        let make: @Sendable (Range<Int>) -> [OutgoingMessage] = { numbers in
            Load.responses(prefix: "bare-\(round)", numbers).map(route.addressed)
        }
        let outcome =
            try isPreloaded ? hop.measurePreloaded(messages, make: make) : hop.measureUnderLoad(messages, make: make)
        print(
            "  bare relay, \(route) route\(isPreloaded ? ", from a filled queue" : ""): \(Int(outcome.perSecond))/s, "
                + "\(Int(outcome.cpuMicroseconds)) µs of CPU each")
        return outcome.perSecond
    }

    private func queue(_ name: String, likeOurs: Bool = false) -> Declaration {
        var arguments: [String: HeaderValue] = ["x-queue-type": .string("quorum")]
        if likeOurs {
            arguments["x-single-active-consumer"] = .bool(true)
            arguments["x-overflow"] = .string("reject-publish")
            arguments["x-max-length"] = .int(Int64(Limits.queueLength))
        }
        return .queue(name: name, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
    }
}
