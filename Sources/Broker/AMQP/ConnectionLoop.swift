internal import Logging
internal import Synchronization

/// Runs a `ConnectionDelegate` on a thread of its own: connects, reads and sends, and reconnects with back-off until
/// stopped.
final class ConnectionLoop: Sendable {
    /// The maximum number of events read between two sends: acks and publishes do not wait for the end of a flood.
    private static let eventsPerSend = 256
    /// Enough for a healthy broker to take the last acks and close the connection.
    private static let cancellationGrace: Duration = .milliseconds(500)

    private let wakeup: Wakeup?
    private let endpoint: BrokerEndpoint
    private let name: String
    private let bodyLimit: Int
    private let frameMax: Int
    private let exclusiveGrace: Duration?
    private let logger: Logger
    private let onState: @Sendable (ConnectionState) -> Void

    private struct Control {
        var isRunning = false
        var isStopping: Bool { deadline != nil }
        var socket: WatchedSocket?
        /// Whether the connection is logged in and set up, so that a stop has something to finish on it.
        var isOpen = false
        /// When a stop that hangs is forced; nil before a stop.
        var deadline: ContinuousClock.Instant?

        /// Shuts the socket down when the stop requires it.
        func endSocket() {
            guard let deadline else { return }
            socket?.end(at: isOpen ? deadline : .now)
        }
    }

    private let control = Mutex(Control())

    /// - Parameter exclusiveGrace: see `ReconnectPolicy`; nil for a connection that is always retried.
    init(
        endpoint: BrokerEndpoint, name: String, bodyLimit: Int, frameMax: Int = Connection.frameMax,
        exclusiveGrace: Duration? = .zero, logger: Logger, onState: @escaping @Sendable (ConnectionState) -> Void
    ) {
        self.endpoint = endpoint
        self.name = name
        self.bodyLimit = bodyLimit
        self.frameMax = frameMax
        self.exclusiveGrace = exclusiveGrace
        self.onState = onState
        var logger = logger
        logger[metadataKey: LogKey.connection] = "\(name)"
        self.logger = logger
        // Fails when the process has no descriptors left. `run` reports it, so that no initialiser has to throw.
        wakeup = try? Wakeup()
    }

    var isStopping: Bool { control.withLock { $0.isStopping } }

    func signal() { wakeup?.signal() }

    /// A later stop can shorten the grace of an earlier one, not prolong it.
    /// - Parameter grace: how long a connection that hangs has before its socket is shut down.
    func stop(grace: Duration) {
        control.withLock { control in
            let deadline = ContinuousClock.now + grace
            control.deadline = min(control.deadline ?? deadline, deadline)
            control.endSocket()
        }
        signal()
    }

    /// Returns after `stop`; throws what reconnecting cannot fix. Cancellation stops it with a short grace.
    func run(_ makeDelegate: @escaping @Sendable () -> any ConnectionDelegate) async throws {
        guard let wakeup else { throw BrokerError(.resources, "no eventfd") }
        let isFirst = control.withLock { control in
            defer { control.isRunning = true }
            return !control.isRunning
        }
        guard isFirst else { throw BrokerError(.stopped, "already running, or stopped") }
        try await withTaskCancellationHandler {
            try await ConnectionThread.run(named: name) { self.loop(makeDelegate(), wakeup) }
        } onCancel: {
            stop(grace: Self.cancellationGrace)
        }
    }

    private func loop(_ delegate: any ConnectionDelegate, _ wakeup: Wakeup) -> Result<Void, BrokerError> {
        var backoff = Backoff()
        var policy = ReconnectPolicy(exclusiveGrace: exclusiveGrace, heartbeat: endpoint.heartbeat)
        var endpoint = endpoint
        /// The nodes that have failed since the last pause.
        var failedNodes = 0
        defer {
            delegate.stopped()
            onState(.stopped)
        }
        while !isStopping {
            onState(.connecting)
            var openedAt: ContinuousClock.Instant?
            do throws(BrokerError) {
                let handle = try ConnectionOpening.open(to: endpoint, wakeup: wakeup) { isStopping }
                let connection = try Connection(
                    handle, to: endpoint, name: name, bodyLimit: bodyLimit, frameMax: frameMax, register: register)
                defer { register(nil) }
                try delegate.opened(connection)
                control.withLock { $0.isOpen = true }
                openedAt = .now
                policy.recordSuccess()
                logger.info("Connected to the broker", metadata: [LogKey.endpoint: "\(endpoint)"])
                onState(.connected)
                try serve(connection, delegate, wakeup)
                delegate.closed(BrokerError(.stopped, "stopped"))
                logger.info("Disconnected from the broker")
            } catch {
                delegate.closed(error)
                onState(.disconnected(error))
                if isStopping { break }
                log(error, wasOpen: openedAt != nil, isFirst: policy.recordFailure(error))
                if policy.isFatal(error) { return .failure(error) }
                endpoint = endpoint.afterFirstNode()
                failedNodes += 1
                // All nodes are tried before the next pause.
                if error.code == .unreachable, failedNodes < endpoint.nodes.count { continue }
                failedNodes = 0
                // A connection that lasted shows that the broker is healthy. One that dies at once must still back off.
                if let openedAt, ContinuousClock.now - openedAt >= Backoff.maxCeiling { backoff.reset() }
                var delay = backoff.next()
                if error.code == .resourceLocked { delay = min(delay, .milliseconds(500)) }
                sleep(delay, wakeup)
            }
        }
        return .success(())
    }

    private func serve(
        _ connection: Connection, _ delegate: any ConnectionDelegate, _ wakeup: Wakeup
    ) throws(BrokerError) {
        while true {
            wakeup.clear()
            if isStopping, try delegate.finish(on: connection) {
                connection.close()
                return
            }
            var events = 0
            while events < Self.eventsPerSend, delegate.mayRead, let event = try connection.nextEvent() {
                if case .blocked(let reason) = event {
                    logger.warning("Publishing blocked by the broker", metadata: [LogKey.reason: "\(reason)"])
                    onState(.publishingBlocked(reason: reason))
                } else if case .unblocked = event {
                    logger.info("Publishing unblocked by the broker")
                    onState(.connected)
                }
                try delegate.received(event, on: connection)
                events += 1
            }
            let action = try delegate.send(on: connection)
            try connection.setReading(delegate.mayRead)
            guard events < Self.eventsPerSend, case .wait(let limit) = action else { continue }
            connection.wait(wakeup, atMost: isStopping ? .milliseconds(20) : limit)
        }
    }

    private func register(_ socket: WatchedSocket?) {
        control.withLock { control in
            control.socket = socket
            control.isOpen = false
            control.endSocket()
        }
    }

    /// Only a stop ends it early.
    private func sleep(_ delay: Duration, _ wakeup: Wakeup) {
        let deadline = ContinuousClock.now + delay
        while !isStopping {
            let left = deadline - .now
            if left <= .zero { return }
            wakeup.wait(for: left)
            wakeup.clear()
        }
    }

    private func log(_ error: BrokerError, wasOpen: Bool, isFirst: Bool) {
        let metadata: Logger.Metadata = [LogKey.error: "\(error)", LogKey.endpoint: "\(endpoint)"]
        switch error.code {
        case .loginRefused, .accessRefused, .topologyMismatch, .notFound, .invalidMessage, .protocolViolation:
            logger.log(
                level: isFirst ? .warning : .debug, "Broker refused the connection or declaration", metadata: metadata)
        case .resourceLocked:
            logger.log(
                level: isFirst ? .info : .debug, "Queue is held exclusively by another consumer", metadata: metadata)
        case .stalled:
            logger.warning("Publishing makes no progress; opening the connection again", metadata: metadata)
        default:
            if wasOpen {
                logger.info("Lost the connection to the broker", metadata: metadata)
            } else {
                logger.log(level: isFirst ? .info : .debug, "Cannot connect to the broker yet", metadata: metadata)
            }
        }
    }
}
