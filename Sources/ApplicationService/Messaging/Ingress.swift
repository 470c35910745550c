import Broker
import Contracts
import Ledger
import Logging
import ServiceKit
import ServiceLifecycle

/// Consumes `application.ingress`, the queue for messages from outside, in the process that owns p00. A message for a
/// partition of this process is decided there and acked after its commit; any other is forwarded through p00's outbox.
struct Ingress: Service {
    /// Those of this process.
    let partitions: [PartitionService]
    /// p00, one of them.
    let first: PartitionService
    let settings: ServiceSettings
    let status: IngressStatus
    let logger: Logger

    func run() async throws {
        let consumer = consumer(of: await partitionsUpToDate())
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await consumer.run() }
                group.addTask { await drain(consumer) }
                try await group.waitForAll()
            }
        } onCancelOrGracefulShutdown: {
            consumer.stopDeliveries()
        }
    }

    /// - Parameter direct: the partitions that get their messages without a forward.
    private func consumer(of direct: [PartitionService]) -> Consumer {
        let reader = IngressReader(
            writers: Dictionary(uniqueKeysWithValues: direct.map { ($0.address.partition, $0.writer) }),
            firstWriter: first.writer, partitionCount: settings.partitions)
        let intake = DeliveryIntake(budget: first.deliveryBudget, reader.action)
        return Consumer(
            endpoint: settings.endpoint, name: "application.ingress consumes",
            declarations: Topology.ingress.declarations,
            subscriptions: [.init(queue: Topology.ingressQueue, prefetch: PartitionService.prefetch)],
            unlimitedQueues: [Topology.ingressQueue],
            bodyLimit: settings.maxMessageBytes, budget: first.deliveryBudget, logger: logger,
            onDeliveries: intake.receive,
            onState: status.changed)
    }

    /// After a shutdown has begun, waits until the partitions have committed what was handed to them, so that it is
    /// acked and not redelivered. The partitions stop after this service.
    private func drain(_ consumer: Consumer) async {
        try? await gracefulShutdown()
        let deadline = ContinuousClock.now.advanced(by: .seconds(4))
        while consumer.outstanding > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
        }
        consumer.stop()
    }

    // MARK: - Order

    /// A later command must not overtake one that was forwarded while another process had the partition. So a partition
    /// gets its messages directly once it has applied what p00 has forwarded to it. It usually has, or does so in an
    /// instant; the messages of one that does not are forwarded as before.
    private func partitionsUpToDate() async -> [PartitionService] {
        let deadline = ContinuousClock.now.advanced(by: .seconds(2))
        while true {
            let upToDate = partitions.filter { $0 === first || isUpToDate($0) }
            if upToDate.count == partitions.count || ContinuousClock.now >= deadline { return upToDate }
            if Task.isCancelled || Task.isShuttingDownGracefully { return upToDate }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func isUpToDate(_ partition: PartitionService) -> Bool {
        let name = StreamName(producer: first.address, consumer: partition.address).description
        do {
            guard let sent = try first.file.streams().first(where: { $0.name == name && $0.isOutgoing }), sent.last > 0
            else { return true }
            let applied = try partition.file.streams().first { $0.name == name && !$0.isOutgoing }
            return applied?.epoch == sent.epoch && applied?.last == sent.last
        } catch {
            return false
        }
    }
}

extension StreamProgress {
    fileprivate var isOutgoing: Bool { if case .outgoing = direction { true } else { false } }

    /// The last message that was stored, or applied.
    fileprivate var last: Int64 {
        switch direction {
        case .outgoing(let head, _, _, _, _): head
        case .incoming(let last, _, _): last
        }
    }
}
