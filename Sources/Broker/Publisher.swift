package import Logging
internal import Synchronization

/// Pulls messages from a source and publishes them with confirms, up to a window in flight, over one connection, one
/// channel and one thread. An alarm at the broker stops the publisher and nothing else.
package final class Publisher: Sendable {
    /// The maximum number of body bytes in flight: limits memory when messages are large.
    package static let maxBytesInFlight = 16 << 20

    private let loop: ConnectionLoop
    private let declarations: [Declaration]
    private let declarationsOnReturn: [Declaration]
    private let window: Int
    private let source: any PublishSource

    /// - Parameters:
    ///   - name: the connection's name at the broker.
    ///   - declarations: declared before publishing, at each connect.
    ///   - declarationsOnReturn: declared also when a message was returned, before it is published again.
    ///   - window: the maximum number of messages awaiting their confirm.
    ///   - onState: called on the publisher's thread.
    package init(
        endpoint: BrokerEndpoint, name: String, declarations: [Declaration] = [],
        declarationsOnReturn: [Declaration] = [], window: Int = 512, logger: Logger, source: any PublishSource,
        onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
    ) {
        self.declarations = declarations
        self.declarationsOnReturn = declarationsOnReturn
        self.window = max(window, 1)
        self.source = source
        // A publisher receives only returned messages, and the first 4 KiB are enough to recognise one.
        loop = ConnectionLoop(
            endpoint: endpoint, name: name, bodyLimit: 4096, frameMax: Connection.publishingFrameMax, logger: logger,
            onState: onState)
    }

    /// Tells the publisher that the source may have messages. Any thread, never blocks.
    package func wake() { loop.signal() }

    /// Runs until `stop`. Throws only for a declaration that differs from the broker's.
    package func run() async throws {
        try await loop.run { [declarations, declarationsOnReturn, window, source] in
            PublisherDelegate(
                declarations: declarations, declarationsOnReturn: declarationsOnReturn, window: window, source: source)
        }
    }

    /// Pulls nothing more, waits up to 2 s for the confirms in flight, then closes; `run` returns.
    package func stop() { loop.stop(grace: PublisherDelegate.confirmGrace + .seconds(2)) }

    private final class PublisherDelegate: ConnectionDelegate {
        static let confirmGrace = Duration.seconds(2)
        /// The maximum number of publishes between two reads: a long backlog must not delay confirms or fill memory.
        private static let batchLimit = 128
        /// The same limit in bytes: `connection.blocked` must be read before the socket buffer is full.
        private static let batchByteLimit = 256 << 10

        private let declarations: [Declaration]
        private let declarationsOnReturn: [Declaration]
        private let window: Int
        private let source: any PublishSource
        private var hasReturns = false
        private var inFlight = ConfirmWindow()
        /// Pulled from the source and not yet sent.
        private var pulled: ArraySlice<OutgoingMessage> = []
        private var outcomes: [ConfirmWindow.Settled] = []
        private var isConnected = false
        private var isBlocked = false
        private var confirmDeadline = ConfirmDeadline()
        private var finishBy: ContinuousClock.Instant?

        init(
            declarations: [Declaration], declarationsOnReturn: [Declaration], window: Int, source: any PublishSource
        ) {
            self.declarations = declarations
            self.declarationsOnReturn = declarationsOnReturn
            self.window = window
            self.source = source
        }

        func opened(_ connection: Connection) throws(BrokerError) {
            inFlight = ConfirmWindow()
            outcomes.removeAll()
            isBlocked = false
            confirmDeadline.restart(at: .now)
            try connection.declare(declarations)
            try connection.selectConfirms()
            isConnected = true
            source.connected()
        }

        func received(_ event: ConnectionEvent, on connection: Connection) throws(BrokerError) {
            switch event {
            case .confirm(let tag, let multiple, let acked):
                inFlight.settled(tag: tag, multiple: multiple, confirmed: acked, into: &outcomes)
                confirmDeadline.reset()
            case .returned(let delivery, let code, let text):
                // Mistaking a return for a confirm would lose the message: reconnect and republish all in flight.
                guard inFlight.returned(delivery, code: code, text: text) else {
                    throw BrokerError(.protocolViolation, "the broker returned a message that was not sent")
                }
                hasReturns = true
            case .blocked: isBlocked = true
            case .unblocked:
                isBlocked = false
                // The broker confirms nothing during an alarm.
                confirmDeadline.restart(at: .now)
            case .delivery: throw BrokerError(.protocolViolation, "a delivery without a subscription")
            }
        }

        func send(on connection: Connection) throws(BrokerError) -> PollAction {
            reportOutcomes()
            if finishBy == nil { try requireProgress() }
            let capacity = min(window - inFlight.count, Self.batchLimit)
            guard finishBy == nil, !isBlocked, capacity > 0, inFlight.bytes < Publisher.maxBytesInFlight else {
                return .wait(nil)
            }
            if hasReturns {
                hasReturns = false
                try connection.declare(declarationsOnReturn)
            }
            if pulled.isEmpty { pulled = source.next(max: capacity)[...] }
            if pulled.isEmpty { return .wait(nil) }
            try connection.corked { () throws(BrokerError) in
                var bytes = 0
                while bytes < Self.batchByteLimit, let message = pulled.popFirst() {
                    if let reason = message.unsendable(frameMax: Connection.publishingFrameMax) {
                        outcomes.append((message.publishID, .returned(code: 0, text: reason)))
                        continue
                    }
                    inFlight.published(message)
                    try connection.publish(message)
                    bytes += message.body.count
                }
            }
            return .again
        }

        func finish(on connection: Connection) throws(BrokerError) -> Bool {
            reportOutcomes()
            let deadline = finishBy ?? .now + Self.confirmGrace
            finishBy = deadline
            return inFlight.isEmpty || ContinuousClock.now >= deadline
        }

        func closed(_ error: BrokerError) {
            reportOutcomes()
            if isConnected { source.disconnected() }
            isConnected = false
            inFlight = ConfirmWindow()
            pulled = []
        }

        /// A broker can refuse or forget the messages of one channel while it serves others: a RabbitMQ 3.10 whose node
        /// was lost nacks for ever on the channels that knew the old leader of a queue.
        private func requireProgress() throws(BrokerError) {
            if isBlocked { return }
            if let reason = source.reasonToReopen() { throw BrokerError(.stalled, reason) }
            guard let oldest = inFlight.oldestPublish else { return }
            if let limit = confirmDeadline.passed(oldest: oldest, at: .now) {
                throw BrokerError(.stalled, "a message was not confirmed within \(limit.components.seconds) s")
            }
        }

        private func reportOutcomes() {
            guard !outcomes.isEmpty else { return }
            source.settled(outcomes)
            outcomes.removeAll(keepingCapacity: true)
        }
    }
}
