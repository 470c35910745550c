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
        let receiver = Mutex<Receiver?>(nil)
        let held = AsyncStream.makeStream(of: Bool.self)
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
            bodyLimit: max(settings.maxMessageBytes, Limits.maxMessageBytes), budget: deliveryBudget,
            claim: .init(
                queue: address.fileQueue, declarations: Topology.fileQueue(address).declarations,
                onHeld: { events.held.continuation.yield($0) }),
            logger: logger,
            onOpened: { queued in events.receiver.withLock(\.self)?.opened(queued) },
            onDeliveries: { deliveries, session in events.receiver.withLock(\.self)?.deliveries(deliveries, session) },
            onState: { state in
                status.consumerChanged(to: state)
                events.receiver.withLock(\.self)?.stateChanged(state)
            })
    }

    /// Runs until ``stop()``. Throws if another process holds the owner queue, or if the broker's topology differs.
    func run() async throws {
        defer { events.held.continuation.finish() }
        try await consumer.run()
    }

    /// Waits until the owner queue is held for the first time.
    /// - Returns: whether the partition has had a file; nil after a stop.
    func waitUntilHeld() async -> Bool? {
        for await hadFile in events.held.stream { return hadFile }
        return nil
    }

    /// The file exists and is open: records that at the broker, and consumes the partition's queue.
    func begin(_ receiver: Receiver) {
        events.receiver.withLock { $0 = receiver }
        consumer.begin()
    }

    func stopDeliveries() { consumer.stopDeliveries() }

    /// Sends the acks that are due, and gives the ownership up.
    func stop() { consumer.stop() }
}
