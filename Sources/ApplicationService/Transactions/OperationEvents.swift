import ApplicationDomain
import Contracts
import Ledger

/// Tells those who wait for the end of an operation: the requests that wait for it, the receiver of its callback, and
/// the caller's webhook endpoints (contract section 8).
struct OperationEvents: Sendable {
    let waiters: OperationWaiters
    /// Nil if there are no webhooks.
    let subscribers: EventSubscribers?
    /// What a poll shows of an operation, without its callback.
    private let payload: @Sendable (CommandOperation) -> [UInt8]

    init(
        waiters: OperationWaiters, subscribers: EventSubscribers?,
        payload: @escaping @Sendable (CommandOperation) -> [UInt8]
    ) {
        self.waiters = waiters
        self.subscribers = subscribers
        self.payload = payload
    }

    /// Sends NotifierService the event of each operation, in the transaction in which it ends.
    func ended(_ operations: [CommandOperation], in transaction: LedgerTransaction, of partitions: Int) {
        guard !operations.isEmpty else { return }
        for operation in operations {
            let partition = Partition.of(key: operation.caller.string, count: partitions)
            guard operation.callback != nil || isSubscribed(operation.caller, of: partition, in: transaction) else {
                continue
            }
            transaction.emit(
                .webhookEvent(event(of: operation)), to: Address(service: .notifier, partition: partition))
        }
        transaction.afterCommit { [waiters] in
            for operation in operations { waiters.operations.wake(operation.id) }
        }
    }

    private func isSubscribed(
        _ caller: ExactString, of partition: Partition, in transaction: LedgerTransaction
    ) -> Bool {
        subscribers?.mayInclude(caller, of: partition, in: transaction) ?? false
    }

    private func event(of operation: CommandOperation) -> WebhookEvent {
        WebhookEvent(
            webhookID: operation.id.description, caller: operation.caller.string,
            type: EventType.operationCompleted.name, timestamp: operation.updatedAt, url: operation.callback,
            payload: String(decoding: payload(operation), as: UTF8.self))
    }
}
