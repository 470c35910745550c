package import Logging
internal import Synchronization

/// Answers requests from a queue: calls the handler for each, up to the prefetch at once, publishes what it returns to
/// the requester, then acks. A request whose reply could not be sent is delivered again, so handlers must bear
/// repetition.
package final class Replier: Sendable {
    package typealias Handler = @Sendable (Delivery) async -> (MessageProperties, [UInt8])

    private let runner: ConnectionLoop
    private let shared: Shared
    private let prefetch: UInt16
    private let handler: Handler

    /// - Parameters:
    ///   - declarations: made at each connect; the queue, non-durable, among them.
    ///   - prefetch: how many requests are in work at once, at least 1.
    ///   - bodyLimit: in bytes; longer requests reach the handler truncated.
    package init(
        endpoint: BrokerEndpoint, name: String, declarations: [Declaration] = [], queue: String, prefetch: UInt16 = 32,
        bodyLimit: Int = 1 << 20, logger: Logger, onState: @escaping @Sendable (ConnectionState) -> Void = { _ in },
        handler: @escaping Handler
    ) {
        self.prefetch = max(prefetch, 1)
        self.handler = handler
        shared = Shared(declarations: declarations, queue: queue, prefetch: self.prefetch)
        runner = ConnectionLoop(
            endpoint: endpoint, name: name, bodyLimit: bodyLimit, exclusiveGrace: nil, logger: logger, onState: onState)
    }

    /// Until `stop`; throws only when the system gives no thread. A queue that somebody else holds, or that differs, is
    /// waited for: an answer that is missing takes nobody down. Handlers run as children of this call, and are awaited
    /// by it.
    package func run() async throws {
        async let link: Void = runLink()
        await withDiscardingTaskGroup { group in
            for await request in shared.stream {
                group.addTask { [handler, shared, runner] in
                    // Of an earlier channel: it is delivered again.
                    guard request.life.isCurrent.load(ordering: .acquiring) else { return }
                    let (properties, body) = await handler(request.delivery)
                    shared.replies.withLock { $0.append(Reply(request: request, properties: properties, body: body)) }
                    runner.signal()
                }
            }
        }
        try await link
    }

    /// Waits for the handlers at work up to 1 s, then closes; `run` returns when they have ended.
    package func stop() { runner.stop(grace: .seconds(3)) }

    private func runLink() async throws {
        defer { shared.requests.finish() }
        try await runner.run { [shared] in Owner(shared) }
    }

    // MARK: Between the threads

    private struct Request: Sendable {
        var delivery: Delivery
        var life: Consumer.Life
    }

    private struct Reply: Sendable {
        var request: Request
        var properties: MessageProperties
        var body: [UInt8]
    }

    private final class Shared: Sendable {
        let declarations: [Declaration]
        let queue: String
        let prefetch: UInt16
        let stream: AsyncStream<Request>
        let requests: AsyncStream<Request>.Continuation
        let replies = Mutex<[Reply]>([])

        init(declarations: [Declaration], queue: String, prefetch: UInt16) {
            self.declarations = declarations
            self.queue = queue
            self.prefetch = prefetch
            // What is pushed out is of an earlier channel: the broker gives us no more than the prefetch of one.
            (stream, requests) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Int(prefetch)))
        }
    }

    private final class Owner: ConnectionDelegate {
        private static let handlerGrace = Duration.seconds(1)

        private let shared: Shared
        private var life = Consumer.Life()
        private var atWork = 0
        private var isBlocked = false
        private var finishBy: ContinuousClock.Instant?

        init(_ shared: Shared) { self.shared = shared }

        func opened(_ link: Connection) throws(BrokerError) {
            life = Consumer.Life()
            atWork = 0
            isBlocked = false
            try link.declare(shared.declarations)
            try link.subscribe(to: shared.queue, prefetch: shared.prefetch)
        }

        func received(_ event: ConnectionEvent, on link: Connection) throws(BrokerError) {
            switch event {
            case .delivery(let delivery):
                guard finishBy == nil else { return }
                atWork += 1
                shared.requests.yield(Request(delivery: delivery, life: life))
            case .blocked: isBlocked = true
            case .unblocked: isBlocked = false
            case .returned, .confirm: break
            }
        }

        func turn(_ link: Connection) throws(BrokerError) -> PollAction {
            if isBlocked { return .wait(nil) }
            let replies = shared.replies.withLock { replies in
                defer { replies.removeAll(keepingCapacity: true) }
                return replies
            }
            for reply in replies where reply.request.life === life {
                try send(reply, link)
                // Not `multiple`: handlers end in any order.
                try link.ack(reply.request.delivery.tag, multiple: false)
                atWork -= 1
            }
            return .wait(nil)
        }

        func finish(_ link: Connection) throws(BrokerError) -> Bool {
            _ = try turn(link)
            let end = finishBy ?? .now + Self.handlerGrace
            finishBy = end
            return atWork <= 0 || ContinuousClock.now >= end
        }

        func lost(_ error: BrokerError) { life.isCurrent.store(false, ordering: .releasing) }

        /// Not mandatory: a requester that is gone misses nothing. A request that names no requester is only acked.
        private func send(_ reply: Reply, _ link: Connection) throws(BrokerError) {
            let request = reply.request.delivery.properties
            guard let replyTo = request.replyTo, !replyTo.isEmpty else { return }
            var message = OutgoingMessage(
                exchange: "", routingKey: replyTo, properties: reply.properties, body: reply.body, mandatory: false)
            message.properties.correlationID = request.correlationID
            guard message.unsendable(frameMax: Connection.frameMax) == nil else { return }
            try link.publish(message)
        }
    }
}
