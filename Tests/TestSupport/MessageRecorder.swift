import Broker
import BrokerTesting
package import Contracts
import Synchronization

/// Records everything that is published on the three exchanges, including the messages between the services, in the
/// order in which the broker routed it. Its queue is durable, so that it misses nothing while the broker is away.
package final class MessageRecorder: Sendable {
    private struct State {
        var recorded: [RecordedMessage] = []
        var counts: [Action?: Int] = [:]
        var spotStatuses: [SpotStatusRecord] = []
        var spotStatusIDs: Set<String> = []
        /// The number of messages in `recorded` that `spotStatuses` covers.
        var indexed = 0
    }

    /// Shared by the consumer's thread and the test.
    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let shared: Shared
    private let consumer: Consumer
    private let endpoint: BrokerEndpoint
    private let keys: [String]
    private let isReplicated: Bool

    package static let queue = "recorder"

    /// Declares the exchanges and the recorder's queue: from then on nothing published is missed.
    /// - Parameters:
    ///   - keys: the binding keys, on each of the three exchanges.
    ///   - isReplicated: whether its queue is a quorum queue: a broker that is killed has then written a message for
    ///     the recorder whenever it has delivered the same message to a service.
    package init(url: String, keys: [String], isReplicated: Bool = false) throws {
        endpoint = try BrokerEndpoint(url: url)
        self.keys = keys
        self.isReplicated = isReplicated
        let shared = Shared()
        self.shared = shared
        consumer = Consumer(
            endpoint: endpoint, name: "recorder", subscriptions: [.init(queue: Self.queue, prefetch: 2000)],
            bodyLimit: 16 << 20, logger: .quiet,
            onDeliveries: { deliveries, session in
                let messages = deliveries.map { RecordedMessage($0) }
                shared.state.withLock { state in
                    state.recorded += messages
                    for message in messages { state.counts[message.action, default: 0] += 1 }
                }
                session.settle(deliveries.map(\.tag))
            })
        try declare()
    }

    /// Declares the exchanges and the queue again: on a broker that took the place of another.
    package func declare() throws {
        let exchanges = [Exchange.waiting, Exchange.spotUpdates, Exchange.notifications]
        let arguments: [String: HeaderValue] = isReplicated ? ["x-queue-type": .string("quorum")] : [:]
        let client = try BlockingClient.connect(endpoint, name: "recorder declares")
        defer { client.close() }
        try client.declare(
            exchanges.map { .exchange(name: $0, type: "topic", durable: true) }
                + [.queue(name: Self.queue, durable: true, exclusive: false, autoDelete: false, arguments: arguments)]
                + exchanges.flatMap { exchange in
                    keys.map { .binding(queue: Self.queue, exchange: exchange, key: $0) }
                })
    }

    package func run() async throws { try await consumer.run() }

    package func stop() {
        consumer.stop()
    }

    // MARK: - Reading

    /// All messages so far, in order, including republications.
    package var recorded: [RecordedMessage] { shared.state.withLock { $0.recorded } }

    package var count: Int { shared.state.withLock { $0.recorded.count } }

    /// All messages except the first `count`.
    package func recorded(after count: Int) -> ArraySlice<RecordedMessage> {
        shared.state.withLock { $0.recorded[count...] }
    }

    /// The number of messages with this action, in constant time.
    package func count(of action: Action) -> Int { shared.state.withLock { $0.counts[action] ?? 0 } }

    package func count(where condition: (RecordedMessage) -> Bool) -> Int {
        recorded.reduce(0) { condition($1) ? $0 + 1 : $0 }
    }

    /// The messages with this action, in order. A message that a service published again appears once.
    package func messages(_ action: Action, ours: Bool? = nil) -> [Message] {
        var seen: Set<String> = []
        return recorded.compactMap { message in
            guard message.action == action, ours == nil || message.isOurs == ours else { return nil }
            if message.isOurs, let id = message.messageID, !seen.insert(id).inserted { return nil }
            return message.message
        }
    }

    /// NotifierService's notifications to all users, in order, without republications.
    package var notifications: [UserNotification] {
        messages(.notification, ours: true).compactMap { message in
            if case .notification(let notification) = message { notification } else { nil }
        }
    }

    /// The spot status records that the services published, in order, without republications.
    package var spotStatuses: [SpotStatusRecord] {
        shared.state.withLock { state in
            for message in state.recorded[state.indexed...] where message.isOurs && message.action == .spotStatus {
                guard state.spotStatusIDs.insert(message.messageID ?? "").inserted else { continue }
                if case .spotStatus(let status) = message.message { state.spotStatuses.append(status) }
            }
            state.indexed = state.recorded.count
            return state.spotStatuses
        }
    }
}
