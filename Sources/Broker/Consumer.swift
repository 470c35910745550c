package import Logging
internal import Synchronization

/// Consumes queues over one connection, one channel and one thread: hands deliveries out in batches and acks what is
/// settled. It never cancels a subscription before it closes the channel, because a single active consumer would hand
/// the queue over while deliveries are still being processed; and it never rejects or requeues, which loses the order.
package final class Consumer: Sendable {
    package struct Subscription: Sendable, Hashable {
        package var queue: String
        /// The number of unacked deliveries that the broker allows on this queue; 0 means no limit. Keep it the same on
        /// every instance: after a crash of one with a smaller prefetch, the broker redelivers in a different order.
        package var prefetch: UInt16
        package var exclusive: Bool

        package init(queue: String, prefetch: UInt16, exclusive: Bool = false) {
            self.queue = queue
            self.prefetch = prefetch
            self.exclusive = exclusive
        }
    }

    /// A consumer with a claim declares at first, and consumes only after ``Consumer/begin()``.
    package struct Claim: Sendable {
        package var queue: String
        package var declarations: [Declaration]
        package var onHeld: @Sendable (_ exists: Bool) -> Void

        /// - Parameters:
        ///   - queue: looked up at each connect, once everything else is declared.
        ///   - declarations: declared before consuming, once the consumer has begun.
        ///   - onHeld: called on the consumer's thread with whether the queue existed, before it is declared.
        package init(
            queue: String, declarations: [Declaration], onHeld: @escaping @Sendable (_ exists: Bool) -> Void
        ) {
            self.queue = queue
            self.declarations = declarations
            self.onHeld = onHeld
        }
    }

    /// The maximum memory of a batch, in bytes, beyond its last delivery: after each batch the budget is checked.
    private static let batchMemoryLimit = 1 << 20

    private let control: DeliveryControl
    private let configuration: Configuration
    private let loop: ConnectionLoop

    /// - Parameters:
    ///   - name: the connection's name at the broker.
    ///   - declarations: declared on this connection before consuming, at each connect.
    ///   - unlimitedQueues: those that must not drop a message however often it is delivered; checked on RabbitMQ 4.
    ///   - bodyLimit: in bytes; a longer body is delivered as its first 4 KiB, its length and its digest.
    ///   - batchLimit: the maximum number of deliveries in a call of `onDeliveries`.
    ///   - budget: whose receiver takes from it the memory of the deliveries that it is handed; nil for no limit.
    ///   - claim: nil for a consumer that consumes as soon as it is connected.
    ///   - exclusiveGrace: how long, before the first success, another holder of an exclusive queue is assumed to be a
    ///     dying predecessor. Later it may be the consumer's own lost connection, for as long as the broker may take
    ///     to notice the loss.
    ///   - onOpened: called on the consumer's thread before the first delivery of each channel, with the approximate
    ///     number of messages in its queues.
    ///   - onDeliveries: called on the consumer's thread; must return at once. The prefetches limit what is
    ///     outstanding.
    ///   - onState: called on the consumer's thread.
    package init(
        endpoint: BrokerEndpoint, name: String, declarations: [Declaration] = [], subscriptions: [Subscription],
        unlimitedQueues: [String] = [], bodyLimit: Int, batchLimit: Int = 256, budget: DeliveryBudget? = nil,
        claim: Claim? = nil, exclusiveGrace: Duration = .seconds(5), logger: Logger,
        onOpened: @escaping @Sendable (_ waiting: Int) -> Void = { _ in },
        onDeliveries: @escaping @Sendable ([Delivery], ChannelSession) -> Void,
        onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
    ) {
        control = DeliveryControl()
        configuration = Configuration(
            declarations: declarations, subscriptions: subscriptions, unlimitedQueues: unlimitedQueues,
            batchLimit: max(batchLimit, 1), budget: budget, claim: claim, onOpened: onOpened,
            onDeliveries: onDeliveries)
        loop = ConnectionLoop(
            endpoint: endpoint, name: name, bodyLimit: bodyLimit, exclusiveGrace: exclusiveGrace, logger: logger,
            onState: onState)
    }

    /// Consumes from now on, if there is a claim.
    package func begin() {
        control.hasBegun.store(true, ordering: .releasing)
        loop.signal()
    }

    /// Runs until `stop`. Throws only what reconnecting cannot fix: a declaration that differs from the broker's, or an
    /// exclusive queue that another consumer holds beyond the grace. A refused login is retried, because users and
    /// virtual hosts may be created later.
    package func run() async throws {
        try await loop.run { [configuration, control, loop] in
            ConsumerDelegate(configuration, control, signal: loop.signal)
        }
    }

    /// The number of deliveries handed out on the current channel and not settled.
    package var outstanding: Int { control.session.withLock { $0?.outstanding ?? 0 } }

    /// Hands out nothing more; acks are still sent. A batch that is being handed out may still arrive.
    package func stopDeliveries() { control.isStopped.store(true, ordering: .releasing) }

    /// Sends the acks given so far, closes channel and connection and ends the thread; then `run` returns. The broker
    /// returns unacked deliveries to their queue in order. A connection that hangs is shut down after 2 s.
    package func stop() {
        stopDeliveries()
        loop.stop(grace: .seconds(2))
    }

    private struct Configuration: Sendable {
        let declarations: [Declaration]
        let subscriptions: [Subscription]
        let unlimitedQueues: [String]
        let batchLimit: Int
        let budget: DeliveryBudget?
        let claim: Claim?
        let onOpened: @Sendable (Int) -> Void
        let onDeliveries: @Sendable ([Delivery], ChannelSession) -> Void
    }

    /// Shared by the consumer's thread and the others.
    private final class DeliveryControl: Sendable {
        let session = Mutex<ChannelSession?>(nil)
        let isStopped = Atomic<Bool>(false)
        let hasBegun = Atomic<Bool>(false)
    }

    private final class ConsumerDelegate: ConnectionDelegate {
        private let configuration: Configuration
        private let control: DeliveryControl
        private let signal: @Sendable () -> Void
        private var session: ChannelSession?
        private var batch: [Delivery] = []
        private var batchMemory = 0
        private(set) var mayRead = true
        private var ackedTag: UInt64 = 0
        private var isSubscribed = false

        init(_ configuration: Configuration, _ control: DeliveryControl, signal: @escaping @Sendable () -> Void) {
            self.configuration = configuration
            self.control = control
            self.signal = signal
        }

        func opened(_ connection: Connection) throws(BrokerError) {
            let session = ChannelSession(signal: signal)
            self.session = session
            control.session.withLock { $0 = session }
            ackedTag = 0
            try connection.declare(configuration.declarations)
            try connection.requireUnlimitedDeliveries(of: configuration.unlimitedQueues)
            isSubscribed = false
            if let claim = configuration.claim { claim.onHeld(try connection.exists(claim.queue)) }
            try subscribeIfBegun(on: connection)
        }

        private func subscribeIfBegun(on connection: Connection) throws(BrokerError) {
            guard !isSubscribed else { return }
            if let claim = configuration.claim {
                guard control.hasBegun.load(ordering: .acquiring) else { return }
                try connection.declare(claim.declarations)
            }
            isSubscribed = true
            var waiting = 0
            for subscription in configuration.subscriptions {
                waiting += try connection.messageCount(of: subscription.queue)
            }
            configuration.onOpened(waiting)
            for subscription in configuration.subscriptions {
                try connection.subscribe(
                    to: subscription.queue, prefetch: subscription.prefetch, exclusive: subscription.exclusive)
            }
        }

        func received(_ event: ConnectionEvent, on connection: Connection) throws(BrokerError) {
            guard case .delivery(let delivery) = event else { return }
            batch.append(delivery)
            batchMemory += delivery.memory
            if batch.count >= configuration.batchLimit || batchMemory >= Consumer.batchMemoryLimit {
                handOut()
                updateMayRead()
            }
        }

        func send(on connection: Connection) throws(BrokerError) -> PollAction {
            try subscribeIfBegun(on: connection)
            handOut()
            try sendAcks(on: connection)
            updateMayRead()
            return .wait(nil)
        }

        func finish(on connection: Connection) throws(BrokerError) -> Bool {
            try sendAcks(on: connection)
            return true
        }

        func closed(_ error: BrokerError) {
            session?.end()
            session = nil
            control.session.withLock { $0 = nil }
            batch.removeAll()
            batchMemory = 0
            mayRead = true
        }

        private func updateMayRead() {
            guard let budget = configuration.budget, let session else { return }
            // A settled delivery wakes this thread as well.
            mayRead = session.outstanding == 0 || !budget.isSpent(for: ObjectIdentifier(control), wake: signal)
        }

        private func handOut() {
            guard let last = batch.last, let session else { return }
            if !control.isStopped.load(ordering: .acquiring) {
                session.handedOut(upTo: last.tag)
                configuration.onDeliveries(batch, session)
            }
            batch.removeAll(keepingCapacity: true)
            batchMemory = 0
        }

        private func sendAcks(on connection: Connection) throws(BrokerError) {
            guard let tag = session?.settledTag, tag > ackedTag else { return }
            try connection.ack(tag, multiple: true)
            ackedTag = tag
        }
    }
}
