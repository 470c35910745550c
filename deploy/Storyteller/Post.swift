import Broker
import Contracts
import Foundation
import Logging
import Synchronization

/// Publishes the commands of the story: foreign messages with bare routing keys.
final class Post: Sendable {
    /// Declared exactly as the services declare them, since the storyteller may be the first to declare them.
    static let exchanges = Topology.allExchanges.exchanges.map { exchange in
        Declaration.exchange(name: exchange.name, type: exchange.type, durable: exchange.durable)
    }

    private let out = Out()
    private let publisher: Publisher

    init(endpoint: BrokerEndpoint, logger: Logger) {
        publisher = Publisher(
            endpoint: endpoint, name: "storyteller publisher", declarations: Self.exchanges, logger: logger, source: out
        )
    }

    /// Errors are not reported here: the story notices missing messages by its deadlines.
    func run() async { try? await publisher.run() }

    func stop() { publisher.stop() }

    func send(_ message: Message) {
        out.add(message)
        publisher.wake()
    }

    /// Keeps each message until it is confirmed. Republished messages keep their message_id, so that they count once.
    private final class Out: PublishSource {
        private struct State {
            var waiting: [OutgoingMessage] = []
            var inFlight: [OutgoingMessage] = []
            var count: UInt64 = 0
        }

        private let state = Mutex(State())

        func add(_ message: Message) {
            let properties = MessageProperties(
                contentType: "application/json", messageID: UUID().uuidString.lowercased(), deliveryMode: 2)
            state.withLock { state in
                state.count += 1
                state.waiting.append(
                    OutgoingMessage(
                        publishID: state.count, exchange: Exchange.waiting, routingKey: message.action.rawValue,
                        properties: properties, body: message.encoded()))
            }
        }

        func connected() {}

        func next(max: Int) -> [OutgoingMessage] {
            state.withLock { state in
                let taken = Array(state.waiting.prefix(max))
                state.waiting.removeFirst(taken.count)
                state.inFlight += taken
                return taken
            }
        }

        func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
            state.withLock { state in
                for settled in outcomes { state.inFlight.removeAll { $0.publishID == settled.publishID } }
            }
        }

        func disconnected() {
            state.withLock { state in
                state.waiting = state.inFlight + state.waiting
                state.inFlight = []
            }
        }
    }
}
