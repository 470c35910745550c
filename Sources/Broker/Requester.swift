package import Logging
internal import Synchronization

/// Sends requests and awaits their replies over RabbitMQ's direct reply-to: no reply queue is declared, and a reply
/// arrives on the channel that sent the request. One connection, one channel and one thread for all requests.
package final class Requester: Sendable {
    /// The pseudo-queue of direct reply-to.
    static let replyTo = "amq.rabbitmq.reply-to"

    private let loop: ConnectionLoop
    private let pending: PendingRequests

    /// - Parameters:
    ///   - replyLimit: in bytes; longer replies are delivered truncated.
    ///   - inFlightLimit: the maximum number of requests without a reply; further ones fail at once with `overloaded`.
    ///   - onState: called on the requester's thread.
    package init(
        endpoint: BrokerEndpoint, name: String, replyLimit: Int = 16 << 20, inFlightLimit: Int = 1024, logger: Logger,
        onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
    ) {
        pending = PendingRequests(limit: inFlightLimit)
        loop = ConnectionLoop(endpoint: endpoint, name: name, bodyLimit: replyLimit, logger: logger, onState: onState)
    }

    /// Sends a request and returns the reply. Fails at once with `unroutable` if no queue receives the request, and
    /// with `unreachable` if there is no connection; with `connectionLost` if the connection is lost before the reply
    /// (the request may have been served); with `timeout` after the timeout. Sets `correlationID` and `replyTo` of the
    /// properties. The request is not persistent unless its properties say so.
    package func request(
        _ body: [UInt8], to routingKey: String, exchange: String = "",
        properties: MessageProperties = MessageProperties(), timeout: Duration
    ) async throws(BrokerError) -> Delivery {
        var message = OutgoingMessage(exchange: exchange, routingKey: routingKey, properties: properties, body: body)
        message.properties.replyTo = Self.replyTo
        let id = pending.nextID.wrappingAdd(1, ordering: .relaxed).newValue
        message.publishID = id
        message.properties.correlationID = String(id)
        if let reason = message.unsendable(frameMax: Connection.frameMax) { throw BrokerError(.invalidMessage, reason) }
        let deadline = ContinuousClock.now + timeout
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Delivery, BrokerError>, Never>) in
                pending.add(message, deadline: deadline, continuation)
                loop.signal()
            }
        } onCancel: {
            pending.settle(id, .failure(BrokerError(.cancelled, "cancelled")))
        }
        pending.forget(id)
        return try result.get()
    }

    /// Runs until `stop`. Requests made before fail with `unreachable`, requests made after with `stopped`.
    package func run() async throws {
        try await loop.run { [pending] in RequesterDelegate(pending) }
    }

    /// Requests that await a reply fail with `stopped`.
    package func stop() { loop.stop(grace: .seconds(2)) }

    /// Requests without a reply, shared by the requester's thread and the callers.
    private final class PendingRequests: Sendable {
        private struct Pending {
            var continuation: CheckedContinuation<Result<Delivery, BrokerError>, Never>
            var deadline: ContinuousClock.Instant
        }

        private struct State {
            /// Why requests fail at once; nil while connected.
            var unavailable: BrokerError? = BrokerError(.unreachable, "no connection to the broker")
            var pending: [UInt64: Pending] = [:]
            var unsent: [OutgoingMessage] = []
            /// Requests cancelled before they were added.
            var cancelledEarly: Set<UInt64> = []
        }

        let nextID = Atomic<UInt64>(0)
        private let limit: Int
        private let state = Mutex(State())

        init(limit: Int) { self.limit = limit }

        func add(
            _ message: OutgoingMessage, deadline: ContinuousClock.Instant,
            _ continuation: CheckedContinuation<Result<Delivery, BrokerError>, Never>
        ) {
            let failure: BrokerError? = state.withLock { state in
                if state.cancelledEarly.remove(message.publishID) != nil { return BrokerError(.cancelled, "cancelled") }
                if let unavailable = state.unavailable { return unavailable }
                if state.pending.count >= limit { return BrokerError(.overloaded, "too many requests in flight") }
                state.pending[message.publishID] = Pending(continuation: continuation, deadline: deadline)
                state.unsent.append(message)
                return nil
            }
            if let failure { continuation.resume(returning: .failure(failure)) }
        }

        func settle(_ id: UInt64, _ result: Result<Delivery, BrokerError>) {
            let pending: Pending? = state.withLock { state in
                let pending = state.pending.removeValue(forKey: id)
                if pending == nil, case .failure(let error) = result, error.code == .cancelled {
                    state.cancelledEarly.insert(id)
                }
                return pending
            }
            pending?.continuation.resume(returning: result)
        }

        /// Removes the mark of a cancellation that came after the reply.
        func forget(_ id: UInt64) { state.withLock { _ = $0.cancelledEarly.remove(id) } }

        /// Takes up to `max` unsent requests, and returns those that still have a caller.
        func takeUnsent(max: Int) -> [OutgoingMessage] {
            state.withLock { state in
                let taken = state.unsent.prefix(max)
                state.unsent.removeFirst(taken.count)
                return taken.filter { state.pending[$0.publishID] != nil }
            }
        }

        func opened() { state.withLock { $0.unavailable = nil } }

        func closed(_ error: BrokerError) {
            let pending = state.withLock { state in
                state.unavailable = BrokerError(error.code == .stopped ? .stopped : .unreachable, error.detail)
                state.unsent.removeAll()
                defer { state.pending.removeAll() }
                return Array(state.pending.values)
            }
            for entry in pending { entry.continuation.resume(returning: .failure(error)) }
        }

        /// Fails the requests past their deadline. Returns the time until the next deadline, or nil if there is none.
        func expire() -> Duration? {
            let now = ContinuousClock.now
            let (expired, next) = state.withLock { state in
                let expired = state.pending.filter { $0.value.deadline <= now }
                for id in expired.keys { state.pending[id] = nil }
                return (expired, state.pending.values.map(\.deadline).min())
            }
            for entry in expired.values {
                entry.continuation.resume(returning: .failure(BrokerError(.timeout, "no reply in time")))
            }
            return next.map { max($0 - now, .zero) }
        }
    }

    private final class RequesterDelegate: ConnectionDelegate {
        private let pending: PendingRequests
        private var isBlocked = false

        init(_ pending: PendingRequests) { self.pending = pending }

        func opened(_ connection: Connection) throws(BrokerError) {
            isBlocked = false
            try connection.subscribe(to: Requester.replyTo, prefetch: 0, noAck: true)
            pending.opened()
        }

        func received(_ event: ConnectionEvent, on connection: Connection) throws(BrokerError) {
            switch event {
            case .delivery(let delivery):
                guard let id = delivery.properties.correlationID.flatMap(UInt64.init) else { return }
                pending.settle(id, .success(delivery))
            case .returned(let delivery, _, let text):
                guard let id = delivery.properties.correlationID.flatMap(UInt64.init) else { return }
                pending.settle(id, .failure(BrokerError(.unroutable, "\(delivery.routingKey): \(text)")))
            case .blocked: isBlocked = true
            case .unblocked: isBlocked = false
            case .confirm: break
            }
        }

        func send(on connection: Connection) throws(BrokerError) -> PollAction {
            let nextDeadline = pending.expire()
            let messages = isBlocked ? [] : pending.takeUnsent(max: 64)
            if messages.isEmpty { return .wait(nextDeadline) }
            for message in messages { try connection.publish(message) }
            return .again
        }

        func finish(on connection: Connection) throws(BrokerError) -> Bool { true }

        func closed(_ error: BrokerError) { pending.closed(error) }

        func stopped() { pending.closed(BrokerError(.stopped, "stopped")) }
    }
}
