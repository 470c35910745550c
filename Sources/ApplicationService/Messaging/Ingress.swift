import Broker
import Contracts
import Ledger
import Logging
import ServiceKit
import ServiceLifecycle

/// Consumes `application.ingress`, the queue for messages from outside, in the process that owns p00. A message for a
/// partition of this process is decided there and acked after its commit; any other is passed on to its partition's
/// queue, and acked when the broker has confirmed it.
struct Ingress: Service {
    /// Those of this process.
    let partitions: [PartitionService]
    /// p00, one of them.
    let first: PartitionService
    let settings: ServiceSettings
    let status: IngressStatus
    let logger: Logger

    func run() async throws {
        let forwarder = CommandForwarder(first: first, settings: settings, status: status, logger: logger)
        // The partitions' connections have declared the queues.
        let publisher = Publisher(
            endpoint: settings.endpoint, name: "application.ingress forwards", logger: logger, source: forwarder,
            onState: status.publisherChanged)
        let consumer = consumer(forwarder, publisher)
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await consumer.run() }
                group.addTask {
                    await drain(consumer)
                    publisher.stop()
                }
                // A system of one partition has nothing to pass on.
                if settings.partitions > 1 {
                    group.addTask { try await publisher.run() }
                    group.addTask { await cancelWhenGracefulShutdown { await wake(publisher, forwarder) } }
                    group.addTask { await cancelWhenGracefulShutdown { await decideDirectly(forwarder, publisher) } }
                }
                try await group.waitForAll()
            }
        } onCancelOrGracefulShutdown: {
            consumer.stopDeliveries()
        }
    }

    private func consumer(_ forwarder: CommandForwarder, _ publisher: Publisher) -> Consumer {
        let reader = IngressReader(forwarder: forwarder, firstWriter: first.writer)
        let intake = DeliveryIntake(budget: first.deliveryBudget, reader.action)
        return Consumer(
            endpoint: settings.endpoint, name: "application.ingress consumes",
            declarations: Topology.ingress.declarations,
            subscriptions: [.init(queue: Topology.ingressQueue, prefetch: PartitionService.prefetch)],
            unlimitedQueues: [Topology.ingressQueue],
            bodyLimit: settings.maxMessageBytes, budget: first.deliveryBudget, logger: logger,
            onDeliveries: { deliveries, session in
                intake.receive(deliveries, on: session)
                publisher.wake()
            },
            onState: status.consumerChanged)
    }

    /// After a shutdown has begun, waits until the partitions have committed what was handed to them, and the broker
    /// has confirmed what was passed on, so that it is acked and not redelivered. The partitions stop after this
    /// service.
    private func drain(_ consumer: Consumer) async {
        try? await gracefulShutdown()
        let deadline = ContinuousClock.now.advanced(by: .seconds(4))
        while consumer.outstanding > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
        }
        consumer.stop()
    }

    /// Wakes the publisher when a back-off is over.
    private func wake(_ publisher: Publisher, _ forwarder: CommandForwarder) async {
        while true {
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
            if forwarder.isDue { publisher.wake() }
        }
    }

    // MARK: - Order

    /// The partitions of this process get their messages directly as soon as none can overtake an earlier one.
    private func decideDirectly(_ forwarder: CommandForwarder, _ publisher: Publisher) async {
        var others = partitions.filter { $0 !== first }
        var pause = Duration.milliseconds(5)
        while !others.isEmpty {
            others.removeAll { partition in forwarder.advance(partition) { isUpToDate(partition) } }
            publisher.wake()
            do { try await Task.sleep(for: pause) } catch { return }
            // Mostly a few milliseconds are enough; a long queue takes longer.
            pause = min(pause * 1.1, .milliseconds(200))
        }
    }

    /// Whether the partition has applied what p00's outbox has for it: an earlier version forwarded all messages
    /// through it, and today those that a queue does not take go there.
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
