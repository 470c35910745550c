import Contracts
import Ledger
import NotifierDomain

/// Where only the instant of a start moves, because the rules of its zone have changed, the reminders move with it, and
/// no recipient is notified (contract section 6).
extension NotifierHandler {
    /// Moves the reminders of one application; the key is its id, the detail the former start, the cursor the last
    /// recipient's row id.
    static let moveJob = "move"

    func startMove(
        of application: ApplicationSnapshot, from start: Timestamp, in transaction: LedgerTransaction
    ) throws {
        let job = LedgerJob(kind: Self.moveJob, key: application.id.string, detail: "\(start.milliseconds)")
        if let rest = try moveReminders(job, in: transaction) { try transaction.start(rest) }
    }

    /// Moves the reminders of one page of recipients.
    func moveReminders(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        guard let milliseconds = Int64(job.detail) else { throw UnknownColumnValue(job.detail, meaning: "start") }
        let start = Timestamp(milliseconds: milliseconds)
        let store = NotifierStore(transaction)
        guard let stored = try store.application(.trusted(job.key)), !stored.application.isCancelled else {
            return nil
        }
        let application = stored.application
        let page = try store.recipients(of: stored, after: Int64(job.cursor) ?? 0, limit: Self.pageLimit)
        for recipient in page {
            guard let rowID = recipient.rowID, recipient.recipient.standing == .confirmed else { continue }
            try store.moveReminders(of: rowID, from: start, to: application.startsAt)
            for (lead, due) in plan.moved(of: application, from: start, now: transaction.now)
            where try !store.isDone(lead, for: rowID, startsAt: application.startsAt) {
                let key = ReminderKey(recipient: rowID, lead: lead).text
                try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key, due: due))
            }
        }
        guard page.count == Self.pageLimit, let last = page.last?.rowID else { return nil }
        var rest = job
        rest.cursor = String(last)
        return rest
    }
}
