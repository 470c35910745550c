package import Logging
internal import Synchronization

/// Answers requests from a queue: calls the handler for each, up to the prefetch concurrently, publishes the result to
/// the requester, then acks. A request whose reply could not be sent is redelivered, so handlers must tolerate
/// repetition.
package final class Replier: Sendable {
    package typealias Handler = @Sendable (Delivery) async -> (MessageProperties, [UInt8])

    private let loop: ConnectionLoop
    private let buffer: RequestBuffer
    private let configuration: Configuration
    private let handler: Handler

    /// - Parameters:
    ///   - declarations: declared at each connect; include the queue, non-durable.
    ///   - prefetch: the maximum number of requests handled concurrently, at least 1.
    ///   - bodyLimit: in bytes; longer requests reach the handler truncated.
    ///   - exclusiveGrace: how long another consumer may hold the queue; nil for as long as it does.
    ///   - onState: called on the replier's thread.
    package init(
        endpoint: BrokerEndpoint, name: String, declarations: [Declaration] = [], queue: String, prefetch: UInt16 = 32,
        bodyLimit: Int = 1 << 20, exclusiveGrace: Duration? = nil, logger: Logger,
        onState: @escaping @Sendable (ConnectionState) -> Void = { _ in },
        handler: @escaping Handler
    ) {
        let prefetch = max(prefetch, 1)
        self.handler = handler
        configuration = Configuration(declarations: declarations, queue: queue, prefetch: prefetch)
        buffer = RequestBuffer(prefetch: prefetch)
        loop = ConnectionLoop(
            endpoint: endpoint, name: name, bodyLimit: bodyLimit, exclusiveGrace: exclusiveGrace, logger: logger,
            onState: onState)
    }

    /// Runs until `stop`. Throws only if the system provides no thread, or another consumer holds the queue beyond the
    /// grace: without one, a queue that is held by another consumer or declared differently is retried, because a
    /// missing reply must not end the service. Handlers run as children of this call, which awaits them.
    package func run() async throws {
        async let connection: Void = runConnection()
        await withDiscardingTaskGroup { group in
            for await request in buffer.requests {
                group.addTask { [handler, buffer, loop] in
                    // A request of an earlier channel is redelivered.
                    guard buffer.isCurrent(request) else { return }
                    let (properties, body) = await handler(request.delivery)
                    buffer.replies.withLock {
                        $0.append(Reply(request: request, properties: properties, body: body))
                    }
                    loop.signal()
                }
            }
            // After a stop the connection is closed: a handler that still waits could not answer any more.
            group.cancelAll()
        }
        try await connection
    }

    /// Waits up to 1 s for running handlers, then closes and cancels them; `run` returns when they have ended.
    package func stop() { loop.stop(grace: .seconds(3)) }

    private func runConnection() async throws {
        defer { buffer.finish() }
        try await loop.run { [configuration, buffer] in ReplierDelegate(configuration, buffer) }
    }

    private struct Configuration: Sendable {
        let declarations: [Declaration]
        let queue: String
        let prefetch: UInt16
    }

    private struct Request: Sendable {
        let delivery: Delivery
        /// `RequestBuffer.channel` at its arrival.
        let channel: Int
    }

    private struct Reply: Sendable {
        let request: Request
        let properties: MessageProperties
        let body: [UInt8]
    }

    /// Passes requests from the replier's thread to the handlers, and replies back.
    private final class RequestBuffer: Sendable {
        let requests: AsyncStream<Request>
        let replies = Mutex<[Reply]>([])
        private let continuation: AsyncStream<Request>.Continuation
        /// Changes when a channel is opened and when it is lost.
        private let channel = Atomic<Int>(0)

        init(prefetch: UInt16) {
            // The broker delivers no more than the prefetch per channel: what the buffer drops is of an earlier one.
            (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Int(prefetch)))
        }

        func isCurrent(_ request: Request) -> Bool { request.channel == channel.load(ordering: .acquiring) }

        /// Makes all requests so far stale.
        func invalidateRequests() { channel.wrappingAdd(1, ordering: .acquiringAndReleasing) }

        func add(_ delivery: Delivery) {
            continuation.yield(Request(delivery: delivery, channel: channel.load(ordering: .acquiring)))
        }

        func finish() { continuation.finish() }
    }

    private final class ReplierDelegate: ConnectionDelegate {
        private static let handlerGrace = Duration.seconds(1)

        private let configuration: Configuration
        private let buffer: RequestBuffer
        /// Requests of this channel without a reply.
        private var pending = 0
        private var isBlocked = false
        private var finishBy: ContinuousClock.Instant?

        init(_ configuration: Configuration, _ buffer: RequestBuffer) {
            self.configuration = configuration
            self.buffer = buffer
        }

        func opened(_ connection: Connection) throws(BrokerError) {
            buffer.invalidateRequests()
            pending = 0
            isBlocked = false
            try connection.declare(configuration.declarations)
            try connection.subscribe(to: configuration.queue, prefetch: configuration.prefetch)
        }

        func received(_ event: ConnectionEvent, on connection: Connection) throws(BrokerError) {
            switch event {
            case .delivery(let delivery):
                guard finishBy == nil else { return }
                pending += 1
                buffer.add(delivery)
            case .blocked: isBlocked = true
            case .unblocked: isBlocked = false
            case .returned, .confirm: break
            }
        }

        func send(on connection: Connection) throws(BrokerError) -> PollAction {
            if isBlocked { return .wait(nil) }
            let replies = buffer.replies.withLock { replies in
                defer { replies.removeAll(keepingCapacity: true) }
                return replies
            }
            for reply in replies where buffer.isCurrent(reply.request) {
                try publish(reply, on: connection)
                // Not `multiple`: handlers end in any order.
                try connection.ack(reply.request.delivery.tag, multiple: false)
                pending -= 1
            }
            return .wait(nil)
        }

        func finish(on connection: Connection) throws(BrokerError) -> Bool {
            _ = try send(on: connection)
            let deadline = finishBy ?? .now + Self.handlerGrace
            finishBy = deadline
            return pending <= 0 || ContinuousClock.now >= deadline
        }

        func closed(_ error: BrokerError) { buffer.invalidateRequests() }

        /// Not mandatory: a requester that is gone needs no reply. A request without `reply_to` is only acked.
        private func publish(_ reply: Reply, on connection: Connection) throws(BrokerError) {
            let request = reply.request.delivery.properties
            guard let replyTo = request.replyTo, !replyTo.isEmpty else { return }
            var message = OutgoingMessage(
                exchange: "", routingKey: replyTo, properties: reply.properties, body: reply.body, mandatory: false)
            message.properties.correlationID = request.correlationID
            guard message.unsendable(frameMax: Connection.frameMax) == nil else { return }
            try connection.publish(message)
        }
    }
}
