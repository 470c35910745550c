package import Logging
internal import Synchronization

/// Asks by message and awaits the reply, over RabbitMQ's direct reply-to: no reply queue is declared, and replies come
/// on the channel that asked. One connection, one channel, one thread for all requests.
package final class Requester: Sendable {
    /// The broker's name for "the channel that asked".
    static let replyTo = "amq.rabbitmq.reply-to"

    private let runner: ConnectionLoop
    private let shared: Shared

    /// - Parameters:
    ///   - replyLimit: longer replies are delivered truncated.
    ///   - inFlightLimit: beyond so many requests without a reply, further ones fail at once with `overloaded`.
    package init(
        endpoint: BrokerEndpoint, name: String, replyLimit: Int = 16 << 20, inFlightLimit: Int = 1024, logger: Logger,
        onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
    ) {
        shared = Shared(inFlightLimit: inFlightLimit)
        runner = ConnectionLoop(endpoint: endpoint, name: name, bodyLimit: replyLimit, logger: logger, onState: onState)
    }

    /// Sends the body and returns the reply. Fails at once with `unroutable` when nobody listens there, with
    /// `unreachable` when there is no connection, with `connectionLost` when it is lost before the reply (the request
    /// may have been served), and with `timeout`. `correlationID` and `replyTo` of the properties are set here; not
    /// persistent unless said so.
    package func request(
        _ body: [UInt8], to routingKey: String, exchange: String = "",
        properties: MessageProperties = MessageProperties(),
        timeout: Duration
    ) async throws(BrokerError) -> Delivery {
        var message = OutgoingMessage(exchange: exchange, routingKey: routingKey, properties: properties, body: body)
        message.properties.replyTo = Self.replyTo
        let id = shared.nextID.wrappingAdd(1, ordering: .relaxed).newValue
        message.publishID = id
        message.properties.correlationID = String(id)
        if let reason = message.unsendable(frameMax: Connection.frameMax) { throw BrokerError(.invalidMessage, reason) }
        let deadline = ContinuousClock.now + timeout
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Delivery, BrokerError>, Never>) in
                shared.add(message, deadline: deadline, continuation)
                runner.signal()
            }
        } onCancel: {
            shared.settle(id, .failure(BrokerError(.cancelled, "cancelled")))
        }
        shared.forget(id)
        return try result.get()
    }

    /// Until `stop`. Requests made before or after fail with `unreachable`.
    package func run() async throws {
        try await runner.run { [shared] in Owner(shared) }
    }

    /// What awaits a reply fails with `stopped`.
    package func stop() { runner.stop(grace: .seconds(2)) }

    // MARK: Between the threads

    private final class Shared: Sendable {
        private enum Stage {
            case down
            case open
        }

        private struct Pending {
            var continuation: CheckedContinuation<Result<Delivery, BrokerError>, Never>
            var deadline: ContinuousClock.Instant
        }

        private struct State {
            var stage = Stage.down
            var downBecause = BrokerError(.unreachable, "no connection to the broker")
            var pending: [UInt64: Pending] = [:]
            var unsent: [OutgoingMessage] = []
            /// Requests that were cancelled before they were added.
            var cancelledEarly: Set<UInt64> = []
        }

        let nextID = Atomic<UInt64>(0)
        private let inFlightLimit: Int
        private let state = Mutex(State())

        init(inFlightLimit: Int) { self.inFlightLimit = inFlightLimit }

        func add(
            _ message: OutgoingMessage, deadline: ContinuousClock.Instant,
            _ continuation: CheckedContinuation<Result<Delivery, BrokerError>, Never>
        ) {
            let failure: BrokerError? = state.withLock { state in
                if state.cancelledEarly.remove(message.publishID) != nil { return BrokerError(.cancelled, "cancelled") }
                if state.stage == .down { return state.downBecause }
                if state.pending.count >= inFlightLimit {
                    return BrokerError(.overloaded, "too many requests under way")
                }
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

        /// A cancellation may come when the reply is there already; it leaves nothing behind.
        func forget(_ id: UInt64) { state.withLock { _ = $0.cancelledEarly.remove(id) } }

        /// What is still wanted of what is not sent.
        func takeUnsent(max: Int) -> [OutgoingMessage] {
            state.withLock { state in
                let taken = state.unsent.prefix(max)
                state.unsent.removeFirst(taken.count)
                return taken.filter { state.pending[$0.publishID] != nil }
            }
        }

        func opened() { state.withLock { $0.stage = .open } }

        func closed(_ error: BrokerError) {
            let pending = state.withLock { state in
                state.stage = .down
                state.downBecause = BrokerError(error.code == .stopped ? .stopped : .unreachable, error.detail)
                state.unsent.removeAll()
                defer { state.pending.removeAll() }
                return Array(state.pending.values)
            }
            for entry in pending { entry.continuation.resume(returning: .failure(error)) }
        }

        /// Ends what is overdue; the time until the next will be.
        func expire() -> Duration? {
            let now = ContinuousClock.now
            let (late, next) = state.withLock { state in
                let late = state.pending.filter { $0.value.deadline <= now }
                for id in late.keys { state.pending[id] = nil }
                return (late, state.pending.values.map(\.deadline).min())
            }
            for entry in late.values {
                entry.continuation.resume(returning: .failure(BrokerError(.timeout, "no reply in time")))
            }
            return next.map { max($0 - now, .zero) }
        }
    }

    private final class Owner: ConnectionDelegate {
        private let shared: Shared
        private var isBlocked = false

        init(_ shared: Shared) { self.shared = shared }

        func opened(_ link: Connection) throws(BrokerError) {
            isBlocked = false
            try link.subscribe(to: Requester.replyTo, prefetch: 0, noAck: true)
            shared.opened()
        }

        func received(_ event: ConnectionEvent, on link: Connection) throws(BrokerError) {
            switch event {
            case .delivery(let delivery):
                guard let id = delivery.properties.correlationID.flatMap(UInt64.init) else { return }
                shared.settle(id, .success(delivery))
            case .returned(let delivery, _, let text):
                guard let id = delivery.properties.correlationID.flatMap(UInt64.init) else { return }
                shared.settle(id, .failure(BrokerError(.unroutable, "\(delivery.routingKey): \(text)")))
            case .blocked: isBlocked = true
            case .unblocked: isBlocked = false
            case .confirm: break
            }
        }

        func turn(_ link: Connection) throws(BrokerError) -> PollAction {
            let next = shared.expire()
            let messages = isBlocked ? [] : shared.takeUnsent(max: 64)
            if messages.isEmpty { return .wait(next) }
            for message in messages { try link.publish(message) }
            return .again
        }

        func finish(_ link: Connection) throws(BrokerError) -> Bool { true }

        func lost(_ error: BrokerError) { shared.closed(error) }

        func ended() { shared.closed(BrokerError(.stopped, "stopped")) }
    }
}
