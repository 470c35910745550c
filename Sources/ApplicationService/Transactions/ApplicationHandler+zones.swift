import ApplicationDomain
import Contracts
import Ledger

/// Starts follow the rules of their zones (contract section 1): if the rules have changed since the starts were
/// derived, every open application is looked at once. ApplicationService decides when an application starts, and tells
/// the other services of each start that moved.
extension ApplicationHandler {
    static let deriveStartsJob = "derive-starts"
    /// The keys of the two jobs. The cursor of the first is a row id, that of the second a start and a row id.
    private static let openKey = "open"
    private static let startedKey = "started"
    /// Each start that moves is one message to every other partition.
    private static let deriveStep = 100
    /// An application that started as long ago as this may start again: no change of rules moves a start by more than
    /// two days.
    private static let longestMove: Duration = .seconds(2 * 86_400)

    func deriveStartsIfRulesChanged(in transaction: LedgerTransaction) throws {
        let store = ApplicationStore(transaction)
        let fingerprint = TimeZoneDatabase.system.fingerprint
        guard try store.recordedZoneRules() != fingerprint else { return }
        try store.recordZoneRules(fingerprint)
        let earliest = transaction.now.advanced(by: .zero - Self.longestMove)
        for (key, cursor) in [(Self.openKey, "0"), (Self.startedKey, "\(earliest.milliseconds) 0")] {
            try transaction.cancelJobs(kind: Self.deriveStartsJob, key: key)
            try transaction.start(LedgerJob(kind: Self.deriveStartsJob, key: key, cursor: cursor))
        }
    }

    func deriveStarts(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let spots = SpotTransaction(policy, transaction)
        let cursor = job.cursor.split(separator: " ").compactMap { Int64($0) }
        let page: [ScheduledStart]
        switch (job.key, cursor.count) {
        case (Self.openKey, 1):
            page = try spots.store.openApplications(after: cursor[0], limit: Self.deriveStep)
        case (Self.startedKey, 2):
            page = try spots.store.startedApplications(
                after: Timestamp(milliseconds: cursor[0]), cursor[1], limit: Self.deriveStep)
        default: throw UnknownColumnValue("\(job.key) \(job.cursor)", meaning: "cursor of derive-starts")
        }
        transaction.countStep(rows: page.count)
        for start in page where start.isOutdated { try spots.followZoneRules(of: start.application) }
        guard page.count == Self.deriveStep, let last = page.last else { return nil }
        var rest = job
        rest.cursor = job.key == Self.openKey ? "\(last.rowID)" : "\(last.startsAt.milliseconds) \(last.rowID)"
        return rest
    }
}
