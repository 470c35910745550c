package import Logging
internal import Synchronization

/// One connection, one channel, one thread: consumes, hands deliveries over in batches, acks. Whoever runs it owns it;
/// it never cancels a subscription before closing (a single active consumer would hand over what is still in work), and
/// never rejects or requeues (the order would be lost).
package final class Consumer: Sendable {
    package struct Subscription: Sendable, Hashable {
        package var queue: String
        /// How many unacked deliveries the broker lets us have of this queue. The same on every instance: after a crash
        /// of one with a smaller prefetch the broker hands out in another order. 0 is no bound.
        package var prefetch: UInt16
        package var exclusive: Bool

        package init(queue: String, prefetch: UInt16, exclusive: Bool = false) {
            self.queue = queue
            self.prefetch = prefetch
            self.exclusive = exclusive
        }
    }

    /// One life of the channel, in which delivery tags have their meaning.
    package struct Session: Sendable, Hashable {
        let life: Life

        /// False as soon as the channel is lost: what was delivered in it will be delivered again. Any thread.
        package var isCurrent: Bool { life.isCurrent.load(ordering: .acquiring) }

        package static func == (one: Session, other: Session) -> Bool { one.life === other.life }
        package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(life)) }
    }

    final class Life: Sendable {
        let isCurrent = Atomic<Bool>(true)
    }

    private let shared: Shared
    private let runner: ConnectionLoop

    /// - Parameters:
    ///   - name: the connection's name at the broker.
    ///   - declarations: made on this connection before consuming, at each connect.
    ///   - bodyLimit: in bytes; of a longer body the first 4 KiB, the length and the digest are delivered.
    ///   - exclusiveGrace: for so long another holder of an exclusive queue is taken for a dying one, before the first
    ///     success.
    ///   - onOpened: on the consumer's thread, before the first delivery of each life of the channel: about how many
    ///     messages wait in its queues.
    ///   - onDeliveries: on the consumer's thread; must return at once. What waits unacked is bounded by the
    ///     prefetches.
    package init(
        endpoint: BrokerEndpoint, name: String, declarations: [Declaration] = [], subscriptions: [Subscription],
        bodyLimit: Int, batchLimit: Int = 256, exclusiveGrace: Duration = .seconds(5), logger: Logger,
        onOpened: @escaping @Sendable (_ waiting: Int) -> Void = { _ in },
        onDeliveries: @escaping @Sendable ([Delivery], Session) -> Void,
        onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
    ) {
        shared = Shared(
            declarations: declarations, subscriptions: subscriptions, batchLimit: max(batchLimit, 1),
            onOpened: onOpened, onDeliveries: onDeliveries)
        runner = ConnectionLoop(
            endpoint: endpoint, name: name, bodyLimit: bodyLimit, exclusiveGrace: exclusiveGrace, logger: logger,
            onState: onState)
    }

    /// Until `stop`. Throws only what no reconnect can mend: a differing declaration, or an exclusive queue that
    /// somebody else holds beyond the grace. Refused logins are tried again: users and virtual hosts may come after us.
    package func run() async throws {
        try await runner.run { [shared, runner] in Owner(shared, runner) }
    }

    /// Acks everything up to this tag. Any thread, never blocks; of several the highest is sent. Ignored for an old
    /// session, and for a tag that was never handed out: it would cost the channel, or be taken for an ack of what
    /// comes later.
    package func ack(upTo tag: UInt64, of session: Session) {
        let isNews = shared.acks.withLock { acks in
            guard acks.life === session.life, tag > acks.upTo, tag <= acks.handedOut else { return false }
            acks.upTo = tag
            return true
        }
        if isNews { runner.signal() }
    }

    /// From now on nothing more is handed out; acks are still sent. A batch that is being handed over may still arrive.
    package func stopDeliveries() { shared.handsOut.store(false, ordering: .releasing) }

    /// Sends the acks given so far, closes channel and connection, ends the thread; `run` returns. What is unacked goes
    /// back to its queue, in order. A link that hangs is shut down after 2 s.
    package func stop() {
        stopDeliveries()
        runner.stop(grace: .seconds(2))
    }

    // MARK: On the thread

    private struct Acks {
        var life: Life?
        var handedOut: UInt64 = 0
        var upTo: UInt64 = 0
    }

    /// What other threads and the consumer's own both touch.
    private final class Shared: Sendable {
        let declarations: [Declaration]
        let subscriptions: [Subscription]
        let batchLimit: Int
        let onOpened: @Sendable (Int) -> Void
        let onDeliveries: @Sendable ([Delivery], Session) -> Void
        let acks = Mutex(Acks())
        let handsOut = Atomic<Bool>(true)

        init(
            declarations: [Declaration], subscriptions: [Subscription], batchLimit: Int,
            onOpened: @escaping @Sendable (Int) -> Void,
            onDeliveries: @escaping @Sendable ([Delivery], Session) -> Void
        ) {
            self.onOpened = onOpened
            self.declarations = declarations
            self.subscriptions = subscriptions
            self.batchLimit = batchLimit
            self.onDeliveries = onDeliveries
        }
    }

    private final class Owner: ConnectionDelegate {
        private let shared: Shared
        private let runner: ConnectionLoop
        private var session: Session?
        private var batch: [Delivery] = []
        private var acked: UInt64 = 0

        init(_ shared: Shared, _ runner: ConnectionLoop) {
            self.shared = shared
            self.runner = runner
        }

        func opened(_ link: Connection) throws(BrokerError) {
            let life = Life()
            session = Session(life: life)
            acked = 0
            shared.acks.withLock { $0 = Acks(life: life) }
            try link.declare(shared.declarations)
            var waiting = 0
            for subscription in shared.subscriptions { waiting += try link.waiting(in: subscription.queue) }
            shared.onOpened(waiting)
            for subscription in shared.subscriptions {
                try link.subscribe(
                    to: subscription.queue, prefetch: subscription.prefetch, exclusive: subscription.exclusive)
            }
        }

        func received(_ event: ConnectionEvent, on link: Connection) throws(BrokerError) {
            guard case .delivery(let delivery) = event else { return }
            batch.append(delivery)
            if batch.count >= shared.batchLimit { handOut() }
        }

        func turn(_ link: Connection) throws(BrokerError) -> PollAction {
            handOut()
            try sendAcks(link)
            return .wait(nil)
        }

        func finish(_ link: Connection) throws(BrokerError) -> Bool {
            try sendAcks(link)
            return true
        }

        func lost(_ error: BrokerError) {
            // First the flag, so that who looks at it after an ack was ignored sees why.
            session?.life.isCurrent.store(false, ordering: .releasing)
            shared.acks.withLock { $0 = Acks() }
            session = nil
            batch.removeAll()
        }

        private func handOut() {
            guard let last = batch.last, let session else { return }
            if shared.handsOut.load(ordering: .acquiring) {
                shared.acks.withLock { $0.handedOut = last.tag }
                shared.onDeliveries(batch, session)
            }
            batch.removeAll(keepingCapacity: true)
        }

        private func sendAcks(_ link: Connection) throws(BrokerError) {
            let upTo = shared.acks.withLock { $0.upTo }
            guard upTo > acked else { return }
            try link.ack(upTo, multiple: true)
            acked = upTo
        }
    }
}
