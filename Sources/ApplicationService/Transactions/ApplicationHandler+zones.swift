import ApplicationDomain
import Contracts
import Ledger

/// Starts follow the rules of their zones (contract section 1): if the rules have changed since the starts were
/// derived, every open application is looked at once. ApplicationService decides when an application starts, and tells
/// the other services of each start that moved.
extension ApplicationHandler {
    static let deriveStartsJob = "derive-starts"
    /// Each start that moves is one message to WaitlistService and one to each notifier partition that knows the
    /// application.
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
        // A job for each status, which is its key; its cursor is a start and a row id.
        for (status, start) in [(VolunteerApplication.Status.open, Timestamp.earliest), (.started, earliest)] {
            try transaction.cancelJobs(kind: Self.deriveStartsJob, key: status.rawValue)
            try transaction.start(
                LedgerJob(kind: Self.deriveStartsJob, key: status.rawValue, cursor: "\(start.milliseconds) 0"))
        }
    }

    /// A start that moves back is looked at again, and has been derived by then.
    func deriveStarts(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let spots = SpotTransaction(policy, transaction, events)
        let cursor = job.cursor.split(separator: " ").compactMap { Int64($0) }
        guard let status = VolunteerApplication.Status(rawValue: job.key), cursor.count == 2 else {
            throw UnknownColumnValue("\(job.key) \(job.cursor)", meaning: "cursor of derive-starts")
        }
        let page = try spots.store.starts(
            status, after: Timestamp(milliseconds: cursor[0]), cursor[1], limit: Self.deriveStep)
        transaction.countStep(rows: page.count)
        for start in page where start.isOutdated { try spots.followZoneRules(of: start.application) }
        guard page.count == Self.deriveStep, let last = page.last else { return nil }
        var rest = job
        rest.cursor = "\(last.startsAt.milliseconds) \(last.rowID)"
        return rest
    }
}
