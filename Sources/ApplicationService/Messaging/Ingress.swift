import Broker
import Contracts
import Ledger
import Logging
import ServiceKit
import ServiceLifecycle

/// The door for the world: consumes `application.ingress` in the process that owns p00. What belongs to partitions of
/// this process is decided there and then, and acked when all of them have committed; the rest goes on through p00's
/// outbox.
struct Ingress: Service {
    private let consumer: Consumer
    private let slot = ConsumerSlot()

    init(partitions: [PartitionService], first: PartitionService, settings: ServiceSettings, logger: Logger) {
        let slot = slot
        let sorter = IngressSorter(
            writers: Dictionary(uniqueKeysWithValues: partitions.map { ($0.address.partition, $0.writer) }),
            first: first.writer, count: settings.partitions)
        consumer = Consumer(
            endpoint: settings.endpoint, name: "application.ingress consumes",
            declarations: Topology.ingress.declarations,
            subscriptions: [.init(queue: Topology.ingressQueue, prefetch: PartitionService.prefetch)],
            bodyLimit: settings.maxMessageBytes, logger: logger,
            onDeliveries: { deliveries, session in
                let book = slot.book(of: session)
                book.delivered(deliveries.lazy.map(\.tag))
                sorter.sort(deliveries, book: book)
            })
        slot.fill(consumer)
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

    /// Once no more is taken, waits until the partitions have committed what was handed to them, so that it is acked
    /// and not delivered again. They are stopped only after this service.
    private func drain() async {
        try? await gracefulShutdown()
        let deadline = ContinuousClock.now.advanced(by: .seconds(4))
        while slot.outstanding > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
        }
        consumer.stop()
    }
}

/// Reads foreign messages and hands each to the writer of its partition, in the order they came.
struct IngressSorter: Sendable {
    let writers: [Partition: LedgerWriter]
    /// p00's: it parks what nobody can read, and sends on what others own.
    let first: LedgerWriter
    let count: Int

    func sort(_ deliveries: [Delivery], book: AckBook) {
        var batches: [Partition: [LedgerInput]] = [:]
        let home = Partition(number: 0)
        for delivery in deliveries {
            let ackToken = AckToken(target: book, tag: delivery.tag)
            let raw = StoredDelivery(delivery)
            guard !delivery.isTruncated else {
                batches[home, default: []].append(.unreadable(raw, reason: DeliveryReader.tooLarge, ackToken))
                continue
            }
            do {
                let inbound = try InboundMessage.foreign(raw, for: .application)
                let partition = Partition.of(key: inbound.key, count: count)
                if writers[partition] != nil {
                    batches[partition, default: []].append(.message(inbound, ackToken))
                } else {
                    let owner = Address(service: .application, partition: partition)
                    batches[home, default: []].append(.forward(inbound, to: owner, ackToken))
                }
            } catch {
                batches[home, default: []].append(.unreadable(raw, reason: error.description, ackToken))
            }
        }
        for (partition, inputs) in batches { (writers[partition] ?? first).submit(inputs) }
    }
}
