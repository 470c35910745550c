import Broker
import BrokerTesting
package import Contracts
import Synchronization

/// Answers the heads of streams whose consumer a test does not run: without an answer a service publishes nothing
/// (contract section 4). It answers as a consumer would that has applied everything the broker has confirmed, and that
/// forgets nothing: after a crash a service may report a lower head than before.
///
/// It sees the heads through RabbitMQ's tracing of the virtual host, so that the messages stay in the consumer's queue.
package final class HeadAnswerer: Sendable {
    private let broker: ThrowawayBroker
    private let virtualHost: String
    private let consumer: Consumer

    private static let queue = "head-answerer"

    /// - Parameter isServed: whether a service of the test answers the heads to a partition.
    package init(
        broker: ThrowawayBroker, url: String, isServed: @escaping @Sendable (Address) -> Bool
    ) throws {
        let endpoint = try BrokerEndpoint(url: url)
        self.broker = broker
        virtualHost = url.split(separator: "/").last.map(String.init) ?? ""
        let known = KnownHeads()
        consumer = Consumer(
            endpoint: endpoint, name: "head answerer",
            declarations: [
                .queue(name: Self.queue, durable: true, exclusive: false, autoDelete: false, arguments: [:]),
                // Messages through the default exchange, which has an empty name.
                .binding(queue: Self.queue, exchange: "amq.rabbitmq.trace", key: "publish."),
            ],
            subscriptions: [.init(queue: Self.queue, prefetch: 100)], bodyLimit: 1 << 20, logger: .quiet,
            onDeliveries: { deliveries, session in
                let answers = deliveries.compactMap { Self.answer(to: $0, known, isServed) }
                // Without the acks the heads are delivered again.
                if !answers.isEmpty, (try? Self.publish(answers, endpoint)) == nil { return }
                session.settle(deliveries.map(\.tag))
            })
    }

    /// The highest head of each stream in its latest epoch.
    private final class KnownHeads: Sendable {
        private let heads = Mutex<[StreamName: StreamHead]>([:])

        func highest(_ head: StreamHead) -> Int64 {
            heads.withLock { heads in
                if let known = heads[head.stream], known.epoch == head.epoch, known.head > head.head {
                    return known.head
                }
                heads[head.stream] = head
                return head.head
            }
        }
    }

    private static func answer(
        to delivery: Delivery, _ known: KnownHeads, _ isServed: (Address) -> Bool
    ) -> OutgoingMessage? {
        guard case .streamHead(let head)? = try? Message(parsing: delivery.body), !isServed(head.stream.consumer) else {
            return nil
        }
        let applied = StreamApplied(
            stream: head.stream, epoch: head.epoch, last: known.highest(head), handshake: head.handshake)
        return OutgoingMessage(
            exchange: "", routingKey: head.stream.producer.queue,
            properties: MessageProperties(
                contentType: "application/json", type: Action.streamApplied.rawValue, userID: "guest",
                appID: head.stream.consumer.name, deliveryMode: 2),
            body: Message.streamApplied(applied).encoded())
    }

    private static func publish(_ answers: [OutgoingMessage], _ endpoint: BrokerEndpoint) throws {
        let client = try BlockingClient.connect(endpoint, name: "head answerer publishes")
        defer { client.close() }
        _ = try client.publishBatch(answers, within: testTimeout)
    }

    /// Before the first service starts. A broker that was restarted needs it again. Under a lock, because RabbitMQ
    /// reads the list of traced virtual hosts, adds one and writes it back: of two tests that start at once, one could
    /// lose its entry.
    package func startTracing() async throws {
        try await broker.evaluate(
            "global:trans({tracing, self()}, fun() -> rabbit_trace:start(<<\"\(virtualHost)\">>) end).")
    }

    package func run() async throws { try await consumer.run() }

    package func stop() { consumer.stop() }
}
