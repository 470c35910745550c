import Broker
package import Contracts
package import Ledger
package import Logging
import ServiceLifecycle

/// One partition of one service, the central noun: its file and writer, its queue's consumer, its relay and publisher,
/// who answers for it, and the lock that makes them its owner. Whatever comes to it is decided, committed and only then
/// answered.
package final class PartitionService: Service {
    package let address: Address
    package let file: LedgerFile
    package let writer: LedgerWriter
    private let relay: OutboxRelay
    private let outlet: PartitionPublishSource
    private let publisher: Publisher
    private let consumer: Consumer
    /// Nil where nobody asks.
    private let replier: Replier?
    private let slot = ConsumerSlot()
    private let status = PartitionStatus()
    private let metrics: PartitionMetrics

    /// Deliveries unacked at a time: two full batches, so that the writer never waits for the network. The same for
    /// every process, for the broker would hand out in another order after a crash of one with fewer.
    package static let prefetch: UInt16 = 1024

    /// A subcommand that works on the file itself, because nobody served it yet, is done by then.
    private static let lockPatience: Duration = .seconds(3)

    package init(
        address: Address, settings: ServiceSettings, handler: any LedgerHandler,
        requestHandler: ServiceDefinition.RequestHandler?, migrations: [LedgerMigration],
        environment: LedgerEnvironment,
        metrics: PrometheusMetrics, logger: Logger
    ) throws {
        self.address = address
        let partitionMetrics = PartitionMetrics(partition: address, factory: metrics)
        self.metrics = partitionMetrics
        var logger = logger
        logger[metadataKey: LogKey.partition] = "\(address.name)"
        file = try LedgerFile(
            address: address, directory: settings.dataDirectory, partitions: settings.partitions,
            migrations: migrations, now: environment.now(), patience: Self.lockPatience)
        if file.wasRestored {
            logger.critical("The file is an older copy of what was here: it goes on in a new epoch")
        }
        relay = try OutboxRelay(file: file, environment: environment, logger: logger)
        let writer = try LedgerWriter(
            file: file, handler: handler, settings: settings.ledger, environment: environment, logger: logger)
        self.writer = writer
        let status = status
        outlet = PartitionPublishSource(
            relay: relay, address: address, user: settings.endpoint.user, isOwner: { status.mayPublish },
            moved: { writer.submit(.confirmed($0)) })
        let topology = Topology.of(address.service, partitions: settings.partitions).declarations
        publisher = Publisher(
            endpoint: settings.endpoint, name: "\(address.name) publishes", declarations: topology, logger: logger,
            source: outlet, onState: { status.publisher($0) })
        let door = PartitionDoor(
            reader: DeliveryReader(address: address, trustedUsers: settings.trustedUsers), writer: writer,
            relay: relay, slot: slot, logger: logger)
        consumer = Consumer(
            endpoint: settings.endpoint, name: "\(address.name) consumes",
            declarations: Topology.ownerQueue(address).declarations + topology,
            subscriptions: [.init(queue: address.queue, prefetch: Self.prefetch)],
            // What our own services send is never cut, however small the limit for strangers is.
            bodyLimit: max(settings.maxMessageBytes, Limits.maxMessageBytes), logger: logger,
            onOpened: { writer.submit(.opened(waiting: $0)) },
            onDeliveries: { door.take($0, of: $1) },
            onState: { state in
                status.consumer(state)
                if case .disconnected = state { writer.submit(.lost) }
            })
        replier = requestHandler.map { [file] requestHandler in
            let door = RequestResponder(
                address: address, file: file, user: settings.endpoint.user, trustedUsers: settings.trustedUsers,
                isOwner: { status.mayPublish }, requestHandler: requestHandler, logger: logger)
            return Replier(
                endpoint: settings.endpoint, name: "\(address.name) answers",
                declarations: Topology.requestQueue(address).declarations, queue: address.requestQueue,
                bodyLimit: Limits.maxMessageBytes, logger: logger, handler: { await door.take($0) })
        }
        slot.fill(consumer)
        metrics.collect { [file, relay, logger] in partitionMetrics.samples(of: file, relay, logger: logger) }
    }

    /// The links that consume and publish are up, the queue is ours, and the file can be written.
    package var isReady: Bool { status.isReady }

    package func run() async throws {
        defer { file.close() }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Its end is the signal for the consumer: everything in hand is committed, and its acks are given.
                    await self.writer.run(observer: self)
                    self.consumer.stop()
                    self.status.stop()
                }
                group.addTask { try await self.whileHealthy { try await self.consumer.run() } }
                group.addTask {
                    // The writer goes on until the last confirm is noted, so that a restart publishes nothing twice.
                    defer { self.writer.stop() }
                    try await self.whileHealthy { try await self.publisher.run() }
                }
                if let replier {
                    group.addTask { try await self.whileHealthy { try await replier.run() } }
                }
                group.addTask { await self.keepTime() }
                try await group.waitForAll()
            }
        } onCancelOrGracefulShutdown: {
            self.stop()
        }
    }

    /// Takes no more work; what is in flight is confirmed, what is in hand is committed and acked, what was asked is
    /// answered.
    private func stop() {
        replier?.stop()
        consumer.stopDeliveries()
        publisher.stop()
    }

    /// A link that cannot be mended ends the partition, in order.
    private func whileHealthy(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            stop()
            throw error
        }
    }

    /// Wakes the publisher for what nobody else wakes it for: heads that are due, and streams that have rested.
    private func keepTime() async {
        while !status.isStopped {
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
            if outlet.isDue { publisher.wake() }
        }
    }
}

extension PartitionService: LedgerObserver {
    package func committed(_ commit: CommitSummary) {
        metrics.observe(commit)
        if !commit.controlMessages.isEmpty { outlet.send(commit.controlMessages) }
        if !commit.advancedStreams.isEmpty { relay.advanced(commit.advancedStreams) }
        if !commit.controlMessages.isEmpty || !commit.advancedStreams.isEmpty { publisher.wake() }
    }

    package func writabilityChanged(_ isWritable: Bool) { status.writable(isWritable) }

    package func restoreDetected() { status.restored() }
}
