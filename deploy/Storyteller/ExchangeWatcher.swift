import Broker
import Contracts
import Foundation
import Logging

/// Watches the exchanges with a queue of its own, which drops the oldest messages first and is deleted with the
/// connection.
final class ExchangeWatcher: Sendable {
    /// The messages of the story. To show more, add them here and describe them in `Narrator`.
    static let bindings: [(exchange: String, key: String)] = [
        (Exchange.waiting, "create_volunteer_application.#"),
        (Exchange.waiting, "update_volunteer_application.#"),
        (Exchange.waiting, "cancel_volunteer_application"),
        (Exchange.waiting, "volunteer_response.#"),
        (Exchange.waiting, "volunteer_waiting.#"),
        (Exchange.waiting, "waiting_list_record.#"),
        (Exchange.waiting, "notify_free_spot.#"),
        (Exchange.spotUpdates, "notify_free_spot.#"),
        (Exchange.spotUpdates, "spot_status.#"),
        (Exchange.notifications, "#"),
    ]

    private let consumer: Consumer
    private let put: @Sendable (Event) -> Void

    init(endpoint: BrokerEndpoint, logger: Logger, put: @escaping @Sendable (Event) -> Void) {
        let queue = "storyteller.\(UUID().uuidString.lowercased())"
        self.put = put
        consumer = Consumer(
            endpoint: endpoint, name: "storyteller watcher",
            declarations: Post.exchanges + [
                .queue(
                    name: queue, durable: false, exclusive: true, autoDelete: true,
                    arguments: ["x-max-length": .int(10_000), "x-overflow": .string("drop-head")])
            ] + Self.bindings.map { .binding(queue: queue, exchange: $0.exchange, key: $0.key) },
            subscriptions: [.init(queue: queue, prefetch: 500, exclusive: true)], bodyLimit: Limits.maxMessageBytes,
            logger: logger,
            onDeliveries: { deliveries, session in
                for delivery in deliveries { put(Self.event(of: delivery)) }
                session.settle(deliveries.map(\.tag))
            },
            onState: { state in
                switch state {
                case .connected: put(.watching)
                case .disconnected(let error): put(.disconnected(error.description))
                case .connecting, .publishingBlocked, .stopped: break
                }
            })
    }

    func run() async {
        do {
            try await consumer.run()
        } catch {
            put(.hopeless("\(error)"))
        }
    }

    func stop() { consumer.stop() }

    private static func event(of delivery: Delivery) -> Event {
        guard !delivery.isTruncated else {
            return .unreadable(routingKey: delivery.routingKey, reason: "larger than the maximum message size")
        }
        do {
            let words = delivery.routingKey.split(separator: ".", maxSplits: 1)
            let address = words.count == 2 ? Address(parsing: String(words[1])) : nil
            return .seen(
                ObservedMessage(
                    at: .now(), message: try Message(parsing: delivery.body), exchange: delivery.exchange,
                    recipient: address?.service, messageID: delivery.properties.messageID,
                    body: String(decoding: delivery.body, as: UTF8.self)))
        } catch {
            return .unreadable(routingKey: delivery.routingKey, reason: "\(error)")
        }
    }
}
