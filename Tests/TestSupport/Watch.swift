package import Broker
package import Contracts
import Logging
import Synchronization

/// Records all that is published on the three exchanges, also what goes between the services, in the order the broker
/// routed it. Its queue is durable, so that it misses nothing while the broker is away.
package final class Watch: Sendable {
    /// A message as it was published.
    package struct Recorded: Sendable {
        package let exchange: String
        package let routingKey: String
        package let properties: MessageProperties
        package let body: [UInt8]
        /// By its routing key, whose first word is the action; a notification's is the user's id.
        package let action: Action?
        /// Whether it went out to the world.
        package var isNotification: Bool { exchange == Exchange.notifications }

        package init(_ delivery: Delivery) {
            exchange = delivery.exchange
            routingKey = delivery.routingKey
            properties = delivery.properties
            body = delivery.body
            action =
                delivery.exchange == Exchange.notifications
                ? .notification : Action(rawValue: String(delivery.routingKey.prefix { $0 != "." }))
        }

        /// What it says; nil when it is none of the contract's shapes.
        package var message: Message? { try? Message(parsing: body) }
        package var messageID: String? { properties.messageID }
        /// Whether a service published it, and not the world.
        package var isOurs: Bool { properties.appID != nil }
        package var stream: String? { properties.headers[HeaderName.stream]?.stringValue }
        package var epoch: Int64? { properties.headers[HeaderName.epoch]?.intValue }
        package var seq: Int64? { properties.headers[HeaderName.seq]?.intValue }
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct State {
        var recorded: [Recorded] = []
        var told: [SpotStatusRecord] = []
        var toldIDs: Set<String> = []
        /// How far `told` was read from `recorded`.
        var indexed = 0
        var counts: [Action?: Int] = [:]
    }

    private let state: Arrivals
    private let consumer: Consumer

    /// What the consumer's thread and the test both touch.
    private final class Arrivals: Sendable {
        let state = Mutex(State())
        let slot = Mutex<Consumer?>(nil)
    }

    private static let queue = "watch"

    package init(url: String, keys: [String]) throws {
        let endpoint = try BrokerEndpoint(url: url)
        let arrivals = Arrivals()
        state = arrivals
        consumer = Consumer(
            endpoint: endpoint, name: "watch", subscriptions: [.init(queue: Self.queue, prefetch: 2000)],
            bodyLimit: 16 << 20, logger: Logger(label: "watch", factory: { _ in SwiftLogNoOpLogHandler() }),
            onDeliveries: { deliveries, session in
                let records = deliveries.map { Recorded($0) }
                arrivals.state.withLock { state in
                    state.recorded += records
                    for record in records { state.counts[record.action, default: 0] += 1 }
                }
                if let last = deliveries.last { arrivals.slot.withLock { $0 }?.ack(upTo: last.tag, of: session) }
            })
        arrivals.slot.withLock { $0 = consumer }
        try declare(endpoint, keys)
    }

    /// Before the services come: nothing is published that is not recorded.
    private func declare(_ endpoint: BrokerEndpoint, _ keys: [String]) throws {
        let exchanges = [Exchange.waiting, Exchange.spotUpdates, Exchange.notifications]
        let session = try BlockingClient.connect(endpoint, name: "watch declares")
        defer { session.close() }
        try session.declare(
            exchanges.map { .exchange(name: $0, type: "topic", durable: true) }
                + [.queue(name: Self.queue, durable: true, exclusive: false, autoDelete: false, arguments: [:])]
                + exchanges.flatMap { exchange in
                    keys.map { .binding(queue: Self.queue, exchange: exchange, key: $0) }
                })
    }

    package func run() async throws { try await consumer.run() }

    package func stop() {
        consumer.stop()
        state.slot.withLock { $0 = nil }
    }

    // MARK: - Looking

    /// All so far, in order; a republication stands there twice.
    package var recorded: [Recorded] { state.state.withLock { $0.recorded } }

    package var count: Int { state.state.withLock { $0.recorded.count } }

    /// What came after the first `count`.
    package func recorded(after count: Int) -> ArraySlice<Recorded> { state.state.withLock { $0.recorded[count...] } }

    /// How many messages of one action came: quick, also where there are very many.
    package func count(of action: Action) -> Int { state.state.withLock { $0.counts[action] ?? 0 } }

    /// How many of those recorded the condition holds for.
    package func count(where condition: (Recorded) -> Bool) -> Int {
        recorded.reduce(0) { condition($1) ? $0 + 1 : $0 }
    }

    /// The messages of one action, in order; of the services' own each once.
    package func messages(_ action: Action, ours: Bool? = nil) -> [Message] {
        var seen: Set<String> = []
        return recorded.compactMap { record in
            guard record.action == action, ours == nil || record.isOurs == ours else { return nil }
            if record.isOurs, let id = record.messageID, !seen.insert(id).inserted { return nil }
            return record.message
        }
    }

    /// What NotifierService told users, each notification once, in order.
    package var notified: [UserNotification] {
        messages(.notification, ours: true).compactMap { message in
            if case .notification(let notification) = message { notification } else { nil }
        }
    }

    /// Every spot status record that a service published, each once, in order.
    package var told: [SpotStatusRecord] {
        state.state.withLock { state in
            for record in state.recorded[state.indexed...] where record.isOurs && record.action == .spotStatus {
                guard state.toldIDs.insert(record.messageID ?? "").inserted else { continue }
                if case .spotStatus(let status) = record.message { state.told.append(status) }
            }
            state.indexed = state.recorded.count
            return state.told
        }
    }
}
