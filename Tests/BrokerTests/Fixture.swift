import Broker
import Foundation
import Logging
import Synchronization
import TestSupport

let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

let quorum: [String: HeaderValue] = [
    "x-queue-type": .string("quorum"), "x-single-active-consumer": .bool(true), "x-overflow": .string("reject-publish"),
    "x-max-length": .int(1_000_000),
]

func queue(_ name: String, _ arguments: [String: HeaderValue] = quorum) -> Declaration {
    .queue(name: name, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
}

func message(_ publishID: UInt64, to queue: String, _ body: String? = nil) -> OutgoingMessage {
    OutgoingMessage(
        publishID: publishID, exchange: "", routingKey: queue,
        properties: MessageProperties(messageID: "\(publishID)", deliveryMode: 2),
        body: Array((body ?? "\(publishID)").utf8))
}

/// A source that publishes a list in order, and after a failure goes back to the first that is not confirmed: what the
/// outbox does, without a file.
final class ListSource: PublishSource {
    struct State {
        var messages: [OutgoingMessage]
        var cursor = 0
        var inFlight: Set<UInt64> = []
        var goesBack = false
        var outcomes: [UInt64: [PublishOutcome]] = [:]
        var confirmed: Set<UInt64> = []
        var connections = 0
        var disconnections = 0
        var published = 0

        mutating func goBack() {
            cursor = messages.firstIndex { !confirmed.contains($0.publishID) } ?? messages.count
            goesBack = false
        }
    }

    let state: Mutex<State>
    let again: Bool

    init(_ messages: [OutgoingMessage] = [], again: Bool = true) {
        state = Mutex(State(messages: messages))
        self.again = again
    }

    func add(_ messages: [OutgoingMessage]) { state.withLock { $0.messages += messages } }

    func connected() { state.withLock { $0.connections += 1 } }

    func next(max: Int) -> [OutgoingMessage] {
        state.withLock { state in
            if state.goesBack {
                guard state.inFlight.isEmpty else { return [] }
                state.goBack()
            }
            let taken = Array(state.messages[state.cursor...].prefix(max))
            state.cursor += taken.count
            state.inFlight.formUnion(taken.map(\.publishID))
            state.published += taken.count
            return taken
        }
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
        state.withLock { state in
            for (publishID, outcome) in outcomes {
                state.outcomes[publishID, default: []].append(outcome)
                state.inFlight.remove(publishID)
                if outcome == .confirmed { state.confirmed.insert(publishID) } else if again { state.goesBack = true }
            }
        }
    }

    func disconnected() {
        state.withLock { state in
            state.disconnections += 1
            state.inFlight = []
            state.goBack()
        }
    }

    var confirmed: Int { state.withLock { $0.confirmed.count } }
    func outcomes(_ publishID: UInt64) -> [PublishOutcome] { state.withLock { $0.outcomes[publishID] ?? [] } }
}

/// Collects what a consumer hands out.
final class Inbox: Sendable {
    struct State {
        var deliveries: [Delivery] = []
        var sessions: [Consumer.Session] = []
        var batches: [Int] = []
        var links: [ConnectionState] = []
    }

    let state = Mutex(State())

    func take(_ deliveries: [Delivery], _ session: Consumer.Session) {
        state.withLock { state in
            state.deliveries += deliveries
            state.batches.append(deliveries.count)
            if state.sessions.last != session { state.sessions.append(session) }
        }
    }

    func note(_ link: ConnectionState) { state.withLock { $0.links.append(link) } }

    var deliveries: [Delivery] { state.withLock { $0.deliveries } }
    var texts: [String] { deliveries.map { String(decoding: $0.body, as: UTF8.self) } }
    var links: [ConnectionState] { state.withLock { $0.links } }
    var sessions: [Consumer.Session] { state.withLock { $0.sessions } }

    func consumer(
        _ url: String, _ queues: [String], prefetch: UInt16 = 1000, declarations: [Declaration] = [],
        bodyLimit: Int = 1 << 20, heartbeat: Duration = .seconds(10), grace: Duration = .seconds(5)
    ) throws -> Consumer {
        Consumer(
            endpoint: try BrokerEndpoint(url: url, heartbeat: heartbeat), name: "test", declarations: declarations,
            subscriptions: queues.map { .init(queue: $0, prefetch: prefetch) }, bodyLimit: bodyLimit,
            exclusiveGrace: grace,
            logger: quiet, onDeliveries: { [self] in take($0, $1) }, onState: { [self] in note($0) })
    }
}

/// Runs something that ends by itself when it is stopped, while the body runs.
func running(
    _ run: @escaping @Sendable () async throws -> Void, stop: @escaping @Sendable () -> Void,
    _ body: () async throws -> Void
) async throws {
    async let ended: Void = run()
    do {
        try await body()
    } catch {
        stop()
        _ = try? await ended
        throw error
    }
    stop()
    try await ended
}

func running(_ consumer: Consumer, _ body: () async throws -> Void) async throws {
    try await running({ try await consumer.run() }, stop: { consumer.stop() }, body)
}

func running(_ publisher: Publisher, _ body: () async throws -> Void) async throws {
    try await running({ try await publisher.run() }, stop: { publisher.stop() }, body)
}

func running(_ requester: Requester, _ body: () async throws -> Void) async throws {
    try await running({ try await requester.run() }, stop: { requester.stop() }, body)
}

func running(_ replier: Replier, _ body: () async throws -> Void) async throws {
    try await running({ try await replier.run() }, stop: { replier.stop() }, body)
}

func publisher(
    _ url: String, _ source: ListSource, window: Int = 512, heartbeat: Duration = .seconds(10),
    declarations: [Declaration] = [], onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
) throws -> Publisher {
    Publisher(
        endpoint: try BrokerEndpoint(url: url, heartbeat: heartbeat), name: "test", declarations: declarations,
        window: window, logger: quiet, source: source, onState: onState)
}

func residentKiB() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * 4
}
