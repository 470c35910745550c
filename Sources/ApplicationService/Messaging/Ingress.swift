import Broker
import Contracts
import Ledger
import Logging
import ServiceKit
import ServiceLifecycle

/// Consumes `application.ingress`, the queue for messages from outside, in the process that owns p00. A message for a
/// partition of this process is decided there and acked after its commit; any other is forwarded through p00's outbox.
struct Ingress: Service {
    private let consumer: Consumer

    /// - Parameters:
    ///   - partitions: the partitions of this process.
    ///   - first: p00, one of them.
    init(
        partitions: [PartitionService], first: PartitionService, settings: ServiceSettings, status: IngressStatus,
        logger: Logger
    ) {
        let reader = IngressReader(
            writers: Dictionary(uniqueKeysWithValues: partitions.map { ($0.address.partition, $0.writer) }),
            firstWriter: first.writer, partitionCount: settings.partitions)
        let intake = DeliveryIntake(budget: first.deliveryBudget, reader.action)
        consumer = Consumer(
            endpoint: settings.endpoint, name: "application.ingress consumes",
            declarations: Topology.ingress.declarations,
            subscriptions: [.init(queue: Topology.ingressQueue, prefetch: PartitionService.prefetch)],
            unlimitedQueues: [Topology.ingressQueue],
            bodyLimit: settings.maxMessageBytes, budget: first.deliveryBudget, logger: logger,
            onDeliveries: intake.receive,
            onState: status.changed)
    }

    func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.consumer.run() }
                group.addTask { await self.drain() }
                try await group.waitForAll()
            }
        } onCancelOrGracefulShutdown: {
            consumer.stopDeliveries()
        }
    }

    /// After a shutdown has begun, waits until the partitions have committed what was handed to them, so that it is
    /// acked and not redelivered. The partitions stop after this service.
    private func drain() async {
        try? await gracefulShutdown()
        let deadline = ContinuousClock.now.advanced(by: .seconds(4))
        while consumer.outstanding > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
        }
        consumer.stop()
    }
}
