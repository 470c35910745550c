import Ledger

/// Applications that were started by a clock that was ahead (contract section 5 rule 10).
///
/// Every decision about one of them opens it again. Without one the volunteers who wait would not hear that its spots
/// are free, so all of them are opened when the clock is set back, and at the start of the process.
extension ApplicationHandler {
    static let reopenJob = "reopen"
    private static let reopenStep = 100

    func reconsider(in transaction: LedgerTransaction) throws {
        try beginStreams(in: transaction)
        try deriveStartsIfRulesChanged(in: transaction)
        try events.subscribers?.load(transaction)
        guard try !ApplicationStore(transaction).startedTooEarly(limit: 1).isEmpty,
            try transaction.jobs(kind: Self.reopenJob, key: "").isEmpty
        else { return }
        try transaction.start(LedgerJob(kind: Self.reopenJob, key: ""))
    }

    /// Those that are opened are no longer found by the next step.
    func reopen(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let spots = SpotTransaction(policy, transaction, events)
        let applications = try spots.store.startedTooEarly(limit: Self.reopenStep)
        transaction.countStep(rows: applications.count)
        for application in applications { try spots.refreshStatus(of: application) }
        return applications.count == Self.reopenStep ? job : nil
    }
}
