import Contracts
import Ledger
import NotifierDomain

/// Reminders are planned again if `REMINDERS` or the time zone rules have changed, and those that a clock that was
/// ahead has missed are reconsidered (contract section 6).
extension NotifierHandler {
    /// Plans reminders of those who are confirmed already; the cursor is the last recipient's row id.
    static let replanJob = "replan"
    /// Reconsiders missed reminders.
    static let missedJob = "missed"

    func reconsider(in transaction: LedgerTransaction) throws {
        let store = NotifierStore(transaction)
        // A lead of days ends at a civil time, so it depends on the rules even where the start does not.
        let zoneRules = TimeZoneDatabase.system.fingerprint
        if try !store.isRecorded(plan, zoneRules) {
            try store.record(plan, zoneRules)
            try restart(Self.replanJob, in: transaction)
        }
        if try store.hasMissedTooEarly(now: transaction.now) { try restart(Self.missedJob, in: transaction) }
    }

    private func restart(_ kind: String, in transaction: LedgerTransaction) throws {
        try transaction.cancelJobs(kind: kind, key: "")
        try transaction.start(LedgerJob(kind: kind, key: ""))
    }

    /// Sets the timers of one page of recipients that are still to come. Timers that are due already stay, and those of
    /// earlier settings are dropped when they fire.
    func replan(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let store = NotifierStore(transaction)
        let page = try store.recipients(after: Int64(job.cursor) ?? 0, limit: Self.pageLimit)
        transaction.countStep(rows: page.count)
        for (stored, applicationID) in page where stored.recipient.standing == .confirmed {
            guard let recipient = stored.rowID,
                let application = try store.application(rowID: applicationID)?.application,
                !application.isCancelled, transaction.now < application.startsAt
            else { continue }
            for (lead, due) in plan.upcoming(of: application, notBefore: transaction.now)
            where try !store.isDone(lead, for: recipient, startsAt: application.startsAt) {
                let key = ReminderKey(recipient: recipient, lead: lead).text
                try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key, due: due))
            }
        }
        guard page.count == Self.pageLimit, let last = page.last?.stored.rowID else { return nil }
        var rest = job
        rest.cursor = String(last)
        return rest
    }

    /// The timer decides again: it sends what is due, and waits for what is not.
    func reconsiderMissed(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let keys = try NotifierStore(transaction).takeMissedTooEarly(now: transaction.now, limit: Self.pageLimit)
        transaction.countStep(rows: keys.count)
        for key in keys {
            try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key.text, due: transaction.now))
            transaction.count(.missed, -1)
        }
        return keys.count == Self.pageLimit ? job : nil
    }
}
