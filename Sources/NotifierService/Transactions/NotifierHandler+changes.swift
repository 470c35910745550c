import Contracts
import Ledger
import NotifierDomain

/// Changes of an application's name or schedule are told to its confirmed and waiting volunteers (contract section 6).
extension NotifierHandler {
    /// Tells an application's recipients of its change; the key is the application's id, the cursor the last row id.
    static let changeJob = "change"

    /// Tells the recipients of a change, or moves their reminders.
    func announce(
        _ change: ApplicationSnapshot.Change, of application: ApplicationSnapshot, in transaction: LedgerTransaction
    ) throws {
        switch change {
        case .nothing: break
        case .told: try startBroadcast(of: application.id, in: transaction)
        case .start(let from): try startMove(of: application, from: from, in: transaction)
        }
    }

    /// Broadcasts the first page at once if there is room, so that each of several changes is told where recipients
    /// are few.
    func startBroadcast(of application: ID, in transaction: LedgerTransaction) throws {
        try transaction.cancelJobs(kind: Self.changeJob, key: application.string)
        let job = LedgerJob(kind: Self.changeJob, key: application.string)
        let rest = transaction.hasRoomForStep ? try broadcastChange(job, in: transaction) : job
        if let rest { try transaction.start(rest) }
    }

    /// Tells one page of recipients of the change, each once, and moves their reminders.
    func broadcastChange(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let store = NotifierStore(transaction)
        guard let stored = try store.application(.trusted(job.key)), !stored.application.isCancelled else {
            return nil
        }
        let page = try store.recipients(of: stored, after: Int64(job.cursor) ?? 0, limit: Self.pageLimit)
        transaction.countStep(rows: page.count)
        for recipient in page {
            try decide(recipient, about: stored, in: transaction) { $0.catchUp() }
        }
        guard page.count == Self.pageLimit, let last = page.last?.rowID else { return nil }
        var rest = job
        rest.cursor = String(last)
        return rest
    }
}
