package import Broker
package import Contracts
package import Ledger
import Logging
import Synchronization

/// One partition of one service, which this process owns: its file and writer, the consumer of its queue, its relay and
/// publisher, and its replier. Every input is decided and committed before it is acked or answered.
package final class PartitionService: Sendable {
    package let address: Address
    package let file: LedgerFile
    package let writer: LedgerWriter
    /// Those in its queue.
    package let markers = QueueMarkers()
    /// Shared by all consumers of the process.
    package let deliveryBudget: DeliveryBudget
    private let relay: OutboxRelay
    private let publishSource: PartitionPublishSource
    private let publisher: Publisher
    private let intake: DeliveryIntake
    private let ownership: PartitionOwnership
    /// Nil if the service answers no requests.
    private let replier: Replier?
    private let status: PartitionStatus
    private let pendingHandOver = Mutex<HandOver?>(nil)
    /// Ends with the writer.
    private let isWriting = AsyncStream.makeStream(of: Never.self)
    private let metrics: PartitionMetrics
    private let logger: Logger

    /// That of each consumer of the process.
    package static let prefetch = PartitionOwnership.prefetch

    /// Opens the file. Throws a `LedgerError` if it cannot be used.
    /// - Parameters:
    ///   - ownership: held.
    ///   - breaksLock: whether to take the file from a process that is paused, and has lost the ownership.
    ///   - isVerified: as for `LedgerFile`.
    init(
        ownership: PartitionOwnership, settings: ServiceSettings, handler: any LedgerHandler,
        requestHandler: ServiceDefinition.RequestHandler?, requestLimits: RequestLimits, migrations: [LedgerMigration],
        environment: LedgerEnvironment, breaksLock: Bool, isVerified: Bool,
        deliveryBudget: DeliveryBudget,
        observability: Observability
    ) throws {
        let address = ownership.address
        let status = ownership.status
        self.ownership = ownership
        self.status = status
        self.address = address
        self.deliveryBudget = deliveryBudget
        let partitionMetrics = PartitionMetrics(
            partition: address, serviceMetrics: observability.serviceMetrics, factory: observability.metrics)
        metrics = partitionMetrics
        var logger = observability.logger
        logger[metadataKey: LogKey.partition] = "\(address.name)"
        file = try LedgerFile(
            address: address, directory: settings.dataDirectory, partitions: settings.partitions,
            migrations: migrations, now: environment.now(), lockTimeout: PartitionFactory.lockTimeout,
            breaksLock: breaksLock, isVerified: isVerified)
        let relay = try OutboxRelay(
            file: file, environment: environment, logger: logger,
            limit: FlightSize(messages: PartitionPublishSource.window, bytes: Publisher.maxBytesInFlight))
        self.relay = relay
        let writer = try LedgerWriter(
            file: file, handler: handler, settings: settings.ledger, environment: environment, logger: logger)
        self.writer = writer
        publishSource = PartitionPublishSource(
            relay: relay, address: address, user: settings.endpoint.user, isOwner: { status.mayPublish },
            monotonicNow: environment.monotonicNow, commitCursors: { writer.submit(.confirmed($0)) })
        // Without the exchanges: if one is missing, the broker closes the channel and returns nothing.
        let unconsumed = Topology.unconsumed(by: address.service)
        publisher = Publisher(
            endpoint: settings.endpoint, name: "\(address.name) publishes", declarations: ownership.topology,
            declarationsOnReturn: Topology(queues: unconsumed.queues, bindings: unconsumed.bindings).declarations,
            window: PartitionPublishSource.window, logger: logger, source: publishSource,
            onState: { state in
                status.publisherChanged(to: state)
                partitionMetrics.publisherChanged(to: state)
            })
        intake = DeliveryIntake(
            budget: deliveryBudget,
            reader: DeliveryReader(
                address: address, partitionCount: settings.partitions, trustedUsers: settings.trustedUsers),
            writer: writer, markers: markers,
            expects: { relay.expects($0) }, resend: { relay.resend($0) })
        let requested = RequestedPartition(file: file, writer: writer)
        replier = requestHandler.map { requestHandler in
            let responder = RequestResponder(
                address: address, partition: requested, user: settings.endpoint.user,
                trustedUsers: settings.trustedUsers,
                isOwner: { status.mayPublish }, requestHandler: requestHandler, logger: logger,
                limits: requestLimits)
            return Replier(
                endpoint: settings.endpoint, name: "\(address.name) answers",
                declarations: Topology.requestQueue(address).declarations, queue: address.requestQueue,
                prefetch: requestLimits.concurrency, bodyLimit: requestLimits.bytes, logger: logger,
                onState: { status.replierChanged(to: $0) }, handler: { await responder.respond(to: $0) })
        }
        self.logger = logger
    }

    /// What its file and its relay hold now.
    var samples: [MetricSample] { metrics.samples(of: file, relay, logger: logger) }

    /// What keeps it from being ready: a queue that is not consumed, publishing, ownership, the file, a
    /// producer that has not sent all of its state yet, a stream whose epoch is refused. Empty if it is.
    package var problems: [String] {
        let problems = status.problems + writer.refusedEpochs.problems
        do {
            return problems + (try file.resyncingStreams().map { "\($0): resyncing" })
        } catch {
            return problems + ["\(address.name): \((file.ownership.problem?.description ?? "the file cannot be read"))"]
        }
    }

    /// What is to happen to the file after the last commit, before it is closed; nil for a stop.
    var handOver: HandOver? {
        get { pendingHandOver.withLock(\.self) }
        set { pendingHandOver.withLock { $0 = newValue } }
    }

    /// Until ``stop()``, or a failure.
    func run() async throws {
        defer { file.close() }
        ownership.begin(receiver)
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // When the writer ends, every input is committed and settled: the consumer sends the acks and
                    // stops.
                    await self.writer.run(observer: self)
                    self.ownership.stop()
                    self.status.stop()
                    self.isWriting.continuation.finish()
                    if let failure = self.writer.failure {
                        self.stop()
                        throw failure
                    }
                }
                group.addTask {
                    // The writer runs until the last confirm is recorded, so that a restart republishes nothing.
                    defer { self.writer.stop() }
                    try await self.stoppingOnFailure { try await self.publisher.run() }
                }
                if let replier {
                    group.addTask { try await self.stoppingOnFailure { try await replier.run() } }
                }
                group.addTask { try await self.workBesideWriter() }
                try await group.waitForAll()
            }
            await handOver?.run()
        } onCancel: {
            self.stop()
        }
    }

    private var receiver: PartitionOwnership.Receiver {
        PartitionOwnership.Receiver(
            opened: { [writer, relay] in
                relay.resume()
                writer.submit(.consumerConnected(queued: $0))
            },
            deliveries: intake.receive,
            stateChanged: { [writer, file, relay] state in
                switch state {
                case .connected: file.ownership.resume()
                case .disconnected(let error):
                    // It may be this process's own lost connection, or another process with a copy of the file.
                    if error.code == .resourceLocked { file.ownership.suspend() }
                    writer.submit(.consumerDisconnected(published: relay.suspend()))
                case .connecting, .publishingBlocked, .stopped: break
                }
            })
    }

    /// Takes no new work; publishes in flight are confirmed, received inputs committed and acked, requests answered.
    func stop() {
        replier?.stop()
        ownership.stopDeliveries()
        publisher.stop()
    }

    /// Stops the partition in order if one of its connections fails for good.
    private func stoppingOnFailure(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            stop()
            throw error
        }
    }

    /// What ends at once when the writer ends.
    private func workBesideWriter() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.wakePublisher() }
            group.addTask {
                do {
                    try await self.file.checkIntegrityIfDeferred()
                } catch {
                    if Task.isCancelled { return }
                    self.stop()
                    throw error
                }
            }
            for await _ in isWriting.stream {}
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Wakes the publisher when there is something to publish because time has passed, or after a request to resend.
    private func wakePublisher() async {
        while !status.isStopped {
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
            if publishSource.isDue { publisher.wake() }
        }
    }
}

extension PartitionService: LedgerObserver {
    package func committed(_ commit: CommitSummary) {
        metrics.observe(commit)
        if !commit.controlMessages.isEmpty { publishSource.enqueue(commit.controlMessages) }
        let hasChangedStreams =
            !commit.advancedStreams.isEmpty || !commit.verifiedStreams.isEmpty || !commit.questionedStreams.isEmpty
        if hasChangedStreams { relay.streamsChanged(commit) }
        if !commit.controlMessages.isEmpty || hasChangedStreams { publisher.wake() }
    }

    package func writabilityChanged(_ isWritable: Bool) { status.writabilityChanged(isWritable) }
}
