import Contracts
import Ledger
import NotifierDomain
import Webhooks

/// The settings of callers, and events for their callbacks and webhook endpoints (contract section 6).
extension NotifierHandler {
    /// Callers whom ApplicationService does not know are dropped; the key is the address of its partition.
    static let unknownCallersJob = "unknown callers"
    /// Each caller has a few endpoints.
    private static let callersPerStep = pageLimit / 10

    func apply(_ settings: WebhookSettings, at position: StreamPosition, in transaction: LedgerTransaction) throws {
        try WebhookSettingsStore(transaction).replace(
            settings, from: position.stream.producer, epoch: position.epoch)
    }

    func apply(_ event: WebhookEvent, in transaction: LedgerTransaction) throws {
        try DeliveryTransaction(transaction, notices).add(event)
    }

    /// Drops a few callers that a partition of ApplicationService did not name before it had sent all of its state.
    /// What is pending for their endpoints ends when it is due.
    func dropCallers(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        guard let producer = Address(parsing: job.key) else { throw UnknownColumnValue(job.key, meaning: "Address") }
        guard let state = try NotifierStore(transaction).completeState(of: producer) else { return nil }
        let count = try WebhookSettingsStore(transaction).dropUnknown(
            of: producer, before: state.epoch, limit: Self.callersPerStep)
        transaction.countStep(rows: count * 10)
        return count == Self.callersPerStep ? job : nil
    }

    /// Deletes deliveries past their term, and looks after those that are due too late because the clock was ahead when
    /// they failed.
    func pruneDeliveries(in transaction: LedgerTransaction) throws -> Bool {
        let limit = Forgetting.stepRows / 5
        let count = try DeliveryStore(transaction).deleteOld(limit: limit)
        transaction.count(.forgotten("deliveries"), Int64(count))
        let latest = transaction.now.advanced(by: schedule.longestDelay)
        let moved = try DeliveryTransaction(transaction, notices).moveUp(to: latest, limit: limit)
        return count == limit || moved == limit
    }
}
