import Contracts
import Ledger
import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization
import Webhooks

/// Makes what sends deliveries, for each set of partitions that this process serves.
final class WebhookServices: Sendable {
    private let policy: WebhookPolicy
    private let schedule: RetrySchedule
    private let notices: DeliveryNotices
    private let makeSender: @Sendable () -> any WebhookSender
    /// The warning is logged once.
    private let hasWarned = Mutex(false)

    init(
        _ policy: WebhookPolicy, schedule: RetrySchedule, notices: DeliveryNotices,
        makeSender: @escaping @Sendable () -> any WebhookSender
    ) {
        self.policy = policy
        self.schedule = schedule
        self.notices = notices
        self.makeSender = makeSender
    }

    @Sendable func make(beside partitions: [PartitionService], logger: Logger) -> [any Service] {
        let requested = partitions.map { RequestedPartition(file: $0.file, writer: $0.writer) }
        guard let master = policy.masterKey else {
            return [UnsentDeliveries(requested.map(\.file), notices) { self.warn(logger) }]
        }
        return [
            WebhookDispatcher(
                requested, notices, sender: makeSender(), secrets: CallerSecrets(master: master), schedule: schedule,
                logger: logger)
        ]
    }

    private func warn(_ logger: Logger) {
        let isFirst = hasWarned.withLock { hasWarned in
            defer { hasWarned = true }
            return !hasWarned
        }
        guard isFirst else { return }
        logger.warning("Deliveries are pending, and are not sent without WEBHOOK_MASTER_KEY")
    }
}
