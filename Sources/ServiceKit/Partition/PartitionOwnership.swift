import Broker
import Contracts
import Logging
import Synchronization

/// Makes this process the owner of one partition at the broker: it holds the partition's exclusive owner queue, by the
/// connection that consumes the partition's queue, so that both are lost together (contract section 3). The file is
/// opened once the queue is held for the first time, and then deliveries begin.
final class PartitionOwnership: Sendable {
    /// Receives what the connection brings, on the consumer's thread.
    struct Receiver: Sendable {
        let opened: @Sendable (_ queued: Int) -> Void
        let deliveries: @Sendable ([Delivery], ChannelSession) -> Void
        let stateChanged: @Sendable (ConnectionState) -> Void
    }

    /// What the consumer's callbacks share; a class, because it exists before the consumer.
    private final class Events: Sendable {
        private struct State {
            var receiver: Receiver?
            var connection = ConnectionState.connecting
            /// Whether the partition has had a file, as the broker says; nil while the owner queue is not held.
            var hadFile: Bool?
        }

        private let state = Mutex(State())
        /// The owner queue is held, again or for the first time.
        let held = AsyncStream.makeStream(of: Void.self)

        var receiver: Receiver? { state.withLock(\.receiver) }
        var hadFile: Bool? { state.withLock(\.hadFile) }

        func hold(hadFile: Bool) {
            state.withLock { $0.hadFile = hadFile }
            held.continuation.yield()
        }

        func connectionChanged(to connection: ConnectionState) {
            let receiver = state.withLock { state in
                state.connection = connection
                if case .disconnected = connection { state.hadFile = nil }
                return state.receiver
            }
            receiver?.stateChanged(connection)
        }

        /// The receiver learns of a connection that was lost before.
        func begin(_ receiver: Receiver) {
            let connection = state.withLock { state in
                state.receiver = receiver
                return state.connection
            }
            if case .disconnected = connection { receiver.stateChanged(connection) }
        }
    }

    let address: Address
    let status: PartitionStatus
    /// What the partition's connections declare.
    let topology: [Declaration]
    private let events = Events()
    private let consumer: Consumer

    /// The number of unacked deliveries: two full batches, so that the writer never waits for the network. The same for
    /// every process, because after a crash of one with a smaller prefetch the broker redelivers in a different order.
    static let prefetch: UInt16 = 1024

    /// - Parameter isFirst: whether it is the first of its process, which declares the queues of the others too, and
    ///   checks that the broker drops no message: the policies of all partition queues are the same, and the check
    ///   costs the broker 0.2 s.
    init(
        address: Address, isFirst: Bool, answersRequests: Bool, settings: ServiceSettings,
        deliveryBudget: DeliveryBudget, observability: Observability
    ) {
        self.address = address
        let topology =
            isFirst
            ? Topology.of(address.service, partitions: settings.partitions)
            : Topology.partitionQueue(address).merging(.unconsumed(by: address.service))
        self.topology = topology.declarations
        let status = PartitionStatus(address: address, answersRequests: answersRequests)
        self.status = status
        var logger = observability.logger
        logger[metadataKey: LogKey.partition] = "\(address.name)"
        let events = events
        consumer = Consumer(
            endpoint: settings.endpoint, name: "\(address.name) consumes",
            declarations: Topology.ownerQueue(address).declarations + topology.declarations,
            subscriptions: [.init(queue: address.queue, prefetch: Self.prefetch)],
            unlimitedQueues: isFirst ? [address.queue] : [],
            // Messages of our own services are never truncated, however small the limit for external ones is.
            bodyLimit: max(settings.maxMessageBytes, Limits.maxMessageBytes) + Limits.forwardedEnvelopeBytes,
            budget: deliveryBudget,
            claim: .init(
                queue: address.fileQueue, declarations: Topology.fileQueue(address).declarations,
                onHeld: { events.hold(hadFile: $0) }),
            logger: logger,
            onOpened: { queued in events.receiver?.opened(queued) },
            onDeliveries: { deliveries, session in events.receiver?.deliveries(deliveries, session) },
            onState: { state in
                status.consumerChanged(to: state)
                events.connectionChanged(to: state)
            })
    }

    /// Runs until ``stop()``. Throws if another process holds the owner queue, or if the broker's topology differs.
    func run() async throws {
        defer { events.held.continuation.finish() }
        try await consumer.run()
    }

    /// Whether the partition has had a file; nil while the owner queue is not held.
    private var hadFile: Bool? { events.hadFile }

    /// Waits until the owner queue is held.
    /// - Returns: whether the partition has had a file; nil after a stop.
    func waitUntilHeld() async -> Bool? {
        if let hadFile { return hadFile }
        for await _ in events.held.stream {
            if let hadFile { return hadFile }
        }
        return nil
    }

    /// The file exists and is open: records that at the broker, and consumes the partition's queue.
    func begin(_ receiver: Receiver) {
        events.begin(receiver)
        consumer.begin()
    }

    func stopDeliveries() { consumer.stopDeliveries() }

    /// Sends the acks that are due, and gives the ownership up.
    func stop() { consumer.stop() }
}
