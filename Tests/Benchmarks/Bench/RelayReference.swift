import Broker
import BrokerTesting
import Contracts
import Foundation

/// The bare relay beside running services: what it relays takes the route of a response and of its outcome, through the
/// same exchanges, to queues of the same kind and with the same properties, but not to the services.
final class RelayReference {
    private static let ingress = "bench.relay.ingress"
    private static let outcomes = "bench.relay.outcomes"
    /// The routing key on the exchange of the outcomes.
    static let outcomeKey = "spot_status.bench.relay"

    private let session: BlockingClient
    private let relay: Program

    /// - Parameter gatherMicroseconds: how long it waits for another message before it publishes what it has.
    init(_ options: Options, _ session: BlockingClient, batch: Int, gatherMicroseconds: Int) throws {
        guard let url = URLComponents(string: options.broker), let host = url.host, let port = url.port else {
            throw BenchError("the broker's URL has no host or port")
        }
        self.session = session
        let arguments: [String: HeaderValue] = [
            "x-queue-type": .string("quorum"), "x-single-active-consumer": .bool(true),
            "x-overflow": .string("reject-publish"), "x-max-length": .int(Int64(Limits.queueLength)),
        ]
        try session.declare(
            [Self.ingress, Self.outcomes].map {
                .queue(name: $0, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
            } + [
                .binding(queue: Self.ingress, exchange: Exchange.waiting, key: Self.ingress),
                .binding(queue: Self.outcomes, exchange: Exchange.spotUpdates, key: Self.outcomeKey),
            ])
        relay = try Program(
            "\(options.binaries)/BareRelay",
            [
                host, String(port), "/", Self.ingress, Exchange.spotUpdates, Self.outcomeKey, "DRESSED",
                String(batch), "1024", String(gatherMicroseconds),
            ])
        try Measure.until("the relay consumes") { try session.consumerCount(Self.ingress) > 0 }
    }

    /// Addresses a response to the relay only.
    static func addressed(_ message: OutgoingMessage) -> OutgoingMessage {
        var message = message
        message.routingKey = ingress
        return message
    }

    /// Relayed messages per second, from the first publish to the last arrival, of a load that is sent as fast as the
    /// broker accepts.
    func perSecond(_ count: Int, prefix: String, _ options: Options) throws -> Double {
        let started = ContinuousClock.now
        Load.publish(count, to: options.broker) { Load.responses(prefix: prefix, $0).map(Self.addressed) }
        try Measure.until("all messages are relayed", within: 300) {
            try session.messageCount(Self.outcomes) >= count
        }
        let rate = Double(count) / ((ContinuousClock.now - started) / .seconds(1))
        try clear()
        return rate
    }

    /// Removes what was relayed.
    func clear() throws { try session.purge(Self.outcomes) }

    func stop() { relay.stop() }
}
