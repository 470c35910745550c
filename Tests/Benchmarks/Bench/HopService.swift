import Broker
import BrokerTesting
import Contracts
import Foundation

/// ApplicationService alone with one partition, ready: each response becomes one message to another service, whose
/// queue is there, but which does not run.
struct HopService {
    let program: Program
    let session: BlockingClient
    /// What it tells volunteers.
    let hop: Hop
    /// Where it sends those who wait.
    let list: Hop

    /// - Parameters:
    ///   - broker: the URL.
    ///   - folder: for its files.
    init(_ options: Options, broker: String, folder: String) throws {
        session = try BlockingClient.connect(url: broker, name: "bench")
        program = try Self.start(options, broker: broker, folder: folder)
        hop = Hop(program: program, session: session, broker: broker, out: "notifier.p00")
        list = Hop(program: program, session: session, broker: broker, out: "waitlist.p00")
        try Measure.until("ApplicationService consumes") { [session] in
            (try? session.consumerCount(Topology.ingressQueue)) ?? 0 > 0
        }
        try beginStreams()
    }

    static func start(_ options: Options, broker: String, folder: String, port: Int? = nil) throws -> Program {
        try Program(
            // The broker may have been used by an earlier service, whose files are gone.
            "\(options.binaries)/ApplicationService", ["--accept-empty"],
            environment: [
                "PARTITIONS": "1", "AMQP_URL": broker, "DATA_DIR": folder,
                "HTTP_PORT": port.map(String.init) ?? ProcessInfo.processInfo.environment["BENCH_HTTP_PORT"] ?? "0",
                // With authentication, because without it each start is a warning.
                "ADMIN_PORT": "0", "LOG_LEVEL": "warning", "AUTH_SECRET": UUID().uuidString,
            ])
    }

    func stop() {
        program.stop()
        session.close()
    }

    /// Answers the first heads of ApplicationService's streams, as consumers would that have applied nothing: without
    /// an answer it publishes nothing (contract section 4).
    private func beginStreams() throws {
        // A head to a queue that does not exist is returned, and sent again later.
        for service in [ServiceName.waitlist, .notifier] { try session.declare(Self.partitionQueue(of: service)) }
        try publishApplications(prefix: "begin-\(UUID().uuidString.prefix(8))")
        for queue in [list.out, hop.out] {
            guard let delivery = try session.take(1, from: queue, within: .seconds(60)).first,
                case .streamHead(let head) = try Message(parsing: delivery.body)
            else { throw BenchError("\(queue) does not begin with the head of a stream") }
            let applied = StreamApplied(
                stream: head.stream, epoch: head.epoch, last: 0, handshake: head.handshake)
            let properties = MessageProperties(
                contentType: "application/json", type: Action.streamApplied.rawValue,
                userID: URLComponents(string: hop.broker)?.user ?? "guest", deliveryMode: 2)
            _ = try session.publishBatch([
                OutgoingMessage(
                    exchange: "", routingKey: head.stream.producer.queue, properties: properties,
                    body: Message.streamApplied(applied).encoded())
            ])
        }
        try Measure.until("the streams have begun") {
            try session.messageCount(hop.out) >= 2 * Load.applications
                && session.messageCount(list.out) >= Load.applications
        }
        try purge()
    }

    /// Creates the applications of a load, and returns when they are open.
    func open(prefix: String) throws {
        let before = try session.messageCount(hop.out)
        try publishApplications(prefix: prefix)
        try Measure.until("the applications are open") {
            try session.messageCount(hop.out) >= before + 2 * Load.applications
        }
        try purge()
    }

    /// NotifierService is sent each create with the first message to a volunteer, so there is one for each: what
    /// follows is one message per response.
    private func publishApplications(prefix: String) throws {
        _ = try session.publishBatch(Load.creates(prefix: prefix))
        let volunteers = Load.applications * 1_000_000
        _ = try session.publishBatch(
            Load.responses(prefix: prefix, volunteers..<volunteers + Load.applications))
    }

    func purge() throws {
        for queue in [hop.out, list.out] { _ = try session.purge(queue) }
    }

    /// The queue of the first partition of a service that does not run, as it declares it.
    private static func partitionQueue(of service: ServiceName) -> [Declaration] {
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
}
