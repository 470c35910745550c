import ApplicationDomain
import Contracts
import Ledger

/// Tells those who wait for the end of an operation: the requests that wait for it, and the receiver of its callback
/// (contract section 8).
struct OperationEvents: Sendable {
    /// The type of the event.
    static let completed = "operation.completed"

    let waiters: OperationWaiters
    /// What a poll shows of an operation, without its callback.
    private let payload: @Sendable (CommandOperation) -> [UInt8]

    init(waiters: OperationWaiters, payload: @escaping @Sendable (CommandOperation) -> [UInt8]) {
        self.waiters = waiters
        self.payload = payload
    }

    /// Sends NotifierService the event of each operation, in the transaction in which it ends.
    func ended(_ operations: [CommandOperation], in transaction: LedgerTransaction, of partitions: Int) {
        guard !operations.isEmpty else { return }
        for operation in operations where operation.callback != nil {
            let partition = Partition.of(key: operation.caller.string, count: partitions)
            transaction.emit(
                .webhookEvent(event(of: operation)), to: Address(service: .notifier, partition: partition))
        }
        transaction.afterCommit { [waiters] in waiters.operationsChanged(operations.map(\.id)) }
    }

    private func event(of operation: CommandOperation) -> WebhookEvent {
        WebhookEvent(
            webhookID: operation.id.description, caller: operation.caller.string, type: Self.completed,
            timestamp: operation.updatedAt, url: operation.callback,
            payload: String(decoding: payload(operation), as: UTF8.self))
    }
}
