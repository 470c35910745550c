internal import Logging
internal import Synchronization

/// What lives on one connection: created on its thread, called on its thread only.
protocol ConnectionDelegate: AnyObject {
    /// A new link: declare, subscribe.
    func opened(_ link: Connection) throws(BrokerError)
    func received(_ event: ConnectionEvent, on link: Connection) throws(BrokerError)
    /// Everything that has come is read, or a good part of it: send what there is to send.
    func turn(_ link: Connection) throws(BrokerError) -> PollAction
    /// A stop was asked for; called like `turn`, until it returns true.
    func finish(_ link: Connection) throws(BrokerError) -> Bool
    /// The link that was opened is gone, for whatever reason.
    func lost(_ error: BrokerError)
    /// Nothing will follow.
    func ended()
}

extension ConnectionDelegate {
    func ended() {}
}

enum PollAction {
    /// More can be done at once.
    case again
    /// Wait for the socket or a wakeup, at most so long.
    case wait(Duration?)
}

/// Runs a `ConnectionDelegate` on its own thread: connects, reads, gives turns, reconnects with back-off until stopped.
final class ConnectionLoop: Sendable {
    let wakeup: Wakeup?
    private let endpoint: BrokerEndpoint
    private let name: String
    private let bodyLimit: Int
    private let exclusiveGrace: Duration?
    private let logger: Logger
    private let onState: @Sendable (ConnectionState) -> Void

    private struct Control {
        var isRunning = false
        var isStopping = false
        var watch: WatchedSocket?
        /// When a stop that hangs is ended by force.
        var deadline: ContinuousClock.Instant?
    }

    private let control = Mutex(Control())

    /// - Parameter exclusiveGrace: nil for a link that never gives up, as `Attempts` has it.
    init(
        endpoint: BrokerEndpoint, name: String, bodyLimit: Int, exclusiveGrace: Duration? = .zero, logger: Logger,
        onState: @escaping @Sendable (ConnectionState) -> Void
    ) {
        self.endpoint = endpoint
        self.name = name
        self.bodyLimit = bodyLimit
        self.exclusiveGrace = exclusiveGrace
        self.onState = onState
        var logger = logger
        logger[metadataKey: "connection"] = "\(name)"
        self.logger = logger
        // Out of descriptors: said by `run`, since an init that throws would burden every owner.
        wakeup = try? Wakeup()
    }

    var isStopping: Bool { control.withLock { $0.isStopping } }

    func signal() { wakeup?.signal() }

    /// `grace` is what a hanging link is given before it is shut down.
    func stop(grace: Duration) {
        control.withLock { control in
            guard !control.isStopping else { return }
            control.isStopping = true
            let deadline = ContinuousClock.now + grace
            control.deadline = deadline
            control.watch?.end(at: deadline)
        }
        signal()
    }

    /// Returns after `stop`; throws what no reconnect can mend.
    func run(_ makeOwner: @escaping @Sendable () -> any ConnectionDelegate) async throws {
        guard let wakeup else { throw BrokerError(.resources, "no eventfd") }
        let isFirst = control.withLock { control in
            defer { control.isRunning = true }
            return !control.isRunning
        }
        guard isFirst else { throw BrokerError(.stopped, "runs already, or has run") }
        try await ConnectionThread.run(named: name) { self.loop(makeOwner(), wakeup) }
    }

    private func loop(_ owner: any ConnectionDelegate, _ wakeup: Wakeup) -> Result<Void, BrokerError> {
        var backoff = Backoff()
        var attempts = Attempts(exclusiveGrace: exclusiveGrace)
        defer {
            owner.ended()
            onState(.stopped)
        }
        while !isStopping {
            onState(.connecting)
            var openedAt: ContinuousClock.Instant?
            do throws(BrokerError) {
                let link = try Connection(to: endpoint, name: name, bodyLimit: bodyLimit) { watch in register(watch) }
                defer { register(nil) }
                try owner.opened(link)
                openedAt = .now
                attempts.succeeded()
                logger.info("Connected to the broker", metadata: ["endpoint": "\(endpoint)"])
                onState(.connected)
                try serve(link, owner, wakeup)
                owner.lost(BrokerError(.stopped, "stopped"))
                logger.info("Disconnected from the broker")
            } catch {
                owner.lost(error)
                onState(.disconnected(error))
                if isStopping { break }
                report(error, wasOpen: openedAt != nil, isFirst: attempts.failed(with: error))
                if attempts.isHopeless(error) { return .failure(error) }
                // A link that lived has shown the broker to be well; one that dies at once would be opened in a circle.
                if let openedAt, ContinuousClock.now - openedAt >= Backoff.most { backoff.reset() }
                var delay = backoff.next()
                if error.code == .resourceLocked { delay = min(delay, .milliseconds(500)) }
                sleep(delay, wakeup)
            }
        }
        return .success(())
    }

    private func serve(_ link: Connection, _ owner: any ConnectionDelegate, _ wakeup: Wakeup) throws(BrokerError) {
        // So many events between two turns: acks and publishes don't wait for the end of a flood.
        let eventsPerTurn = 256
        while true {
            wakeup.clear()
            if isStopping, try owner.finish(link) {
                link.close()
                return
            }
            var events = 0
            while events < eventsPerTurn, let event = try link.nextEvent() {
                if case .blocked(let reason) = event {
                    logger.warning("The broker takes no publishes", metadata: ["reason": "\(reason)"])
                    onState(.blocked(reason: reason))
                } else if case .unblocked = event {
                    logger.info("The broker takes publishes again")
                    onState(.connected)
                }
                try owner.received(event, on: link)
                events += 1
            }
            let turn = try owner.turn(link)
            guard events < eventsPerTurn, case .wait(let limit) = turn else { continue }
            link.wait(wakeup, atMost: isStopping ? .milliseconds(20) : limit)
        }
    }

    private func register(_ watch: WatchedSocket?) {
        control.withLock { control in
            control.watch = watch
            if let deadline = control.deadline { watch?.end(at: deadline) }
        }
    }

    /// Only a stop ends it early.
    private func sleep(_ delay: Duration, _ wakeup: Wakeup) {
        let end = ContinuousClock.now + delay
        while !isStopping {
            let left = end - .now
            if left <= .zero { return }
            wakeup.wait(for: left)
            wakeup.clear()
        }
    }

    private func report(_ error: BrokerError, wasOpen: Bool, isFirst: Bool) {
        let metadata: Logger.Metadata = ["error": "\(error)", "endpoint": "\(endpoint)"]
        switch error.code {
        case .loginRefused, .accessRefused, .topologyMismatch, .notFound, .invalidMessage, .protocolViolation:
            logger.log(level: isFirst ? .warning : .debug, "The broker refused us", metadata: metadata)
        case .resourceLocked:
            logger.log(level: isFirst ? .info : .debug, "Somebody else holds the queue", metadata: metadata)
        default:
            if wasOpen {
                logger.info("Lost the connection to the broker", metadata: metadata)
            } else {
                logger.log(level: isFirst ? .info : .debug, "No connection to the broker yet", metadata: metadata)
            }
        }
    }
}

/// Which failures end the running, which are waited out: pure bookkeeping of one runner's attempts.
struct Attempts {
    /// Nil: nothing is hopeless. What the link is for can wait until somebody has cleared its way.
    let exclusiveGrace: Duration?
    private var hasSucceeded = false
    private var lockedSince: ContinuousClock.Instant?
    private var lastFailure: BrokerError.Code?

    init(exclusiveGrace: Duration?) { self.exclusiveGrace = exclusiveGrace }

    mutating func succeeded() {
        hasSucceeded = true
        lastFailure = nil
    }

    /// True if the last attempt did not fail alike.
    mutating func failed(with error: BrokerError, at now: ContinuousClock.Instant = .now) -> Bool {
        if error.code == .resourceLocked, lockedSince == nil { lockedSince = now }
        defer { lastFailure = error.code }
        return lastFailure != error.code
    }

    /// Another holder of an exclusive queue may be a dead owner whose connection the broker has not given up yet; after
    /// the grace it is alive. Once we have held it, we only lost it for a moment.
    func isHopeless(_ error: BrokerError, at now: ContinuousClock.Instant = .now) -> Bool {
        guard let exclusiveGrace else { return false }
        switch error.code {
        case .topologyMismatch: return true
        case .resourceLocked:
            guard !hasSucceeded, let lockedSince else { return false }
            return now - lockedSince >= exclusiveGrace
        default: return false
        }
    }
}
