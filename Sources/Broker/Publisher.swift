package import Logging
internal import Synchronization

/// Where a publisher takes its messages from. Every call comes on the publisher's thread.
package protocol PublishSource: AnyObject, Sendable {
    /// A new channel: nothing is in flight.
    func connected()
    /// The next messages to publish, in order; empty if there is nothing now. They count as in flight from then on.
    func next(max: Int) -> [OutgoingMessage]
    /// What became of some of those in flight, in the order in which the broker said it, which need not be that of
    /// publishing.
    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)])
    /// The channel is gone: all in flight is undecided, and may or may not have been taken.
    func disconnected()
}

/// Pulls messages from a source and publishes them with confirms, up to a window in flight. One connection, one
/// channel, one thread; an alarm at the broker stops it, and nothing else.
package final class Publisher: Sendable {
    /// Bodies in flight beyond which no more are pulled, so that large messages don't add up to the window's count of
    /// them.
    private static let bytesInFlight = 16 << 20

    private let runner: ConnectionLoop
    private let declarations: [Declaration]
    private let window: Int
    private let source: any PublishSource

    /// - Parameters:
    ///   - name: the connection's name at the broker.
    ///   - declarations: made before publishing, at each connect.
    ///   - window: how many may await their confirm.
    package init(
        endpoint: BrokerEndpoint, name: String, declarations: [Declaration] = [], window: Int = 512, logger: Logger,
        source: any PublishSource, onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
    ) {
        self.declarations = declarations
        self.window = max(window, 1)
        self.source = source
        // What is read here are returns, of which a part is enough to know them by.
        runner = ConnectionLoop(endpoint: endpoint, name: name, bodyLimit: 4096, logger: logger, onState: onState)
    }

    /// There may be something to publish. Any thread, never blocks.
    package func wake() { runner.signal() }

    /// Until `stop`; throws only a differing declaration.
    package func run() async throws {
        try await runner.run { [declarations, window, source] in
            Owner(declarations: declarations, window: window, source: source)
        }
    }

    /// Pulls no more, waits for the confirms in flight up to 2 s, then closes; `run` returns.
    package func stop() { runner.stop(grace: Owner.confirmGrace + .seconds(2)) }

    private final class Owner: ConnectionDelegate {
        static let confirmGrace = Duration.seconds(2)
        /// Between two drains: confirms are read, and memory stays small, while a long backlog goes out.
        private static let batch = 128
        /// Likewise for large ones: that the broker blocks us shall be read before the socket is full, while we can
        /// still read.
        private static let batchBytes = 256 << 10

        private let declarations: [Declaration]
        private let window: Int
        private let source: any PublishSource
        private var inFlight = ConfirmWindow()
        /// Pulled, and not yet sent.
        private var pulled: ArraySlice<OutgoingMessage> = []
        private var outcomes: [ConfirmWindow.Settled] = []
        private var isConnected = false
        private var isBlocked = false
        private var finishBy: ContinuousClock.Instant?

        init(declarations: [Declaration], window: Int, source: any PublishSource) {
            self.declarations = declarations
            self.window = window
            self.source = source
        }

        func opened(_ link: Connection) throws(BrokerError) {
            inFlight = ConfirmWindow()
            outcomes.removeAll()
            isBlocked = false
            try link.declare(declarations)
            try link.selectConfirms()
            isConnected = true
            source.connected()
        }

        func received(_ event: ConnectionEvent, on link: Connection) throws(BrokerError) {
            switch event {
            case .confirm(let tag, let multiple, let acked):
                inFlight.settled(tag: tag, multiple: multiple, confirmed: acked, into: &outcomes)
            case .returned(let delivery, let code, let text):
                // Taking the return of a message for a confirm would lose it: rather all again.
                guard inFlight.returned(delivery, code: code, text: text) else {
                    throw BrokerError(.protocolViolation, "a message came back that was not sent")
                }
            case .blocked: isBlocked = true
            case .unblocked: isBlocked = false
            case .delivery: throw BrokerError(.protocolViolation, "a delivery without subscription")
            }
        }

        func turn(_ link: Connection) throws(BrokerError) -> PollAction {
            report()
            let room = min(window - inFlight.count, Self.batch)
            guard !isBlocked, room > 0, inFlight.bytes < Publisher.bytesInFlight else { return .wait(nil) }
            if pulled.isEmpty { pulled = source.next(max: room)[...] }
            if pulled.isEmpty { return .wait(nil) }
            try link.corked { () throws(BrokerError) in
                var bytes = 0
                while bytes < Self.batchBytes, let message = pulled.popFirst() {
                    if let reason = message.unsendable(frameMax: Connection.frameMax) {
                        outcomes.append((message.publishID, .returned(code: 0, text: reason)))
                        continue
                    }
                    inFlight.published(message)
                    try link.publish(message)
                    bytes += message.body.count
                }
            }
            return .again
        }

        func finish(_ link: Connection) throws(BrokerError) -> Bool {
            report()
            let end = finishBy ?? .now + Self.confirmGrace
            finishBy = end
            return inFlight.isEmpty || ContinuousClock.now >= end
        }

        func lost(_ error: BrokerError) {
            report()
            if isConnected { source.disconnected() }
            isConnected = false
            inFlight = ConfirmWindow()
            pulled = []
        }

        private func report() {
            guard !outcomes.isEmpty else { return }
            source.settled(outcomes)
            outcomes.removeAll(keepingCapacity: true)
        }
    }
}
