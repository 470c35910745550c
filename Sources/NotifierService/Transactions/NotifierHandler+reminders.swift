import Contracts
import Ledger
import NotifierDomain

/// Reminders are timers, one for each recipient and lead (contract section 6).
extension NotifierHandler {
    /// A reminder is due; the key is a ``ReminderKey``.
    static let reminderTimer = "reminder"
    /// Reminders wait while more notifications than this are unconfirmed: about 50 ms of the broker's work.
    private static let backlogLimit: Int64 = 300
    /// Above the limit, this many reminders still fire per transaction.
    private static let timersDuringBacklog = 10
    /// The reminder of a recipient who is about to leave waits for that.
    private static let unknownPause: Duration = .seconds(10)

    /// Messages that came while the service was down may cancel a reminder, so they are all applied first, and so is
    /// the state that ApplicationService sends. Reminders
    /// share a stream with all other notifications: 100,000 of them at once would delay an offer.
    func timerLimit(in transaction: LedgerTransaction) -> Int {
        guard transaction.isCaughtUp, !isResyncing(in: transaction) else { return 0 }
        guard transaction.backlog(at: Exchange.notifications) > Self.backlogLimit else { return .max }
        return transaction.hasNewConfirms ? Self.timersDuringBacklog : 0
    }

    func apply(
        _ change: NotificationDecision.ReminderChange, for recipient: Int64, of application: ApplicationSnapshot,
        in transaction: LedgerTransaction
    ) throws {
        guard change != .unchanged else { return }
        var upcoming: [ISODuration: Timestamp] = [:]
        if case .schedule(let time) = change {
            for (lead, due) in plan.upcoming(of: application, notBefore: time) { upcoming[lead] = due }
        }
        let store = NotifierStore(transaction)
        for lead in plan.leads {
            let key = ReminderKey(recipient: recipient, lead: lead).text
            if let due = upcoming[lead],
                try !store.isDone(lead, for: recipient, startsAt: application.startsAt)
            {
                try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key, due: due))
            } else {
                try transaction.cancelTimer(kind: Self.reminderTimer, key: key)
            }
        }
    }

    func fireReminder(_ key: ReminderKey, in transaction: LedgerTransaction) throws {
        let store = NotifierStore(transaction)
        // A timer of earlier settings: this reminder is no longer sent.
        guard plan.leads.contains(key.lead) else { return }
        guard let (recipient, applicationID) = try store.recipient(rowID: key.recipient),
            recipient.recipient.standing == .confirmed,
            let stored = try store.application(rowID: applicationID), !stored.application.isCancelled
        else { return }
        if try isUnknown(recipient, of: stored, in: transaction) {
            let due = transaction.now.advanced(by: Self.unknownPause)
            return try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key.text, due: due))
        }
        let application = stored.application
        let startsAt = application.startsAt
        guard try !store.isDone(key.lead, for: key.recipient, startsAt: startsAt) else { return }
        let action = ReminderPlan.action(for: key.lead, of: application, now: transaction.now)
        if case .wait(let due) = action {
            return try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key.text, due: due))
        }
        // A change that the recipient has not been told yet comes before the reminder.
        try decide(recipient, about: stored, in: transaction) { decision in
            decision.catchUp()
            if action == .send { decision.remind() }
        }
        let isMissed = action == .recordMissed
        try store.recordReminder(
            key.lead, for: key.recipient, startsAt: startsAt, isMissed: isMissed, at: transaction.now)
        transaction.count(isMissed ? .missed : .reminded)
    }
}
