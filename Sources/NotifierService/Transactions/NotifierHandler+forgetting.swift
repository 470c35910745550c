import Contracts
import Ledger
import NotifierDomain

/// What is over for longer than `RETENTION` is deleted (contract section 7).
extension NotifierHandler {
    /// The jobs about one application, whose key is its id.
    private static let applicationJobs = [changeJob, moveJob]

    /// Notifications, deliveries and preferences have terms of their own.
    func prune(in transaction: LedgerTransaction) throws -> Bool {
        let count = try NotificationStore(transaction).deleteOld()
        transaction.count(.forgotten("notifications"), Int64(count))
        let limit = Forgetting.stepRows / 5
        let preferences = try PreferencesStore(transaction).deleteUnused(limit: limit)
        transaction.count(.forgotten("preferences"), Int64(preferences.deleted))
        let hasMore = count == Forgetting.stepRows || preferences.read == limit
        return try pruneDeliveries(in: transaction) || hasMore
    }

    func forget(before limit: Timestamp, in transaction: LedgerTransaction) throws -> Bool {
        let store = NotifierStore(transaction)
        let limit = Forgetting.delayed(limit, in: transaction)
        var rows = 0
        while rows < Forgetting.stepRows {
            guard let over = try store.longestOver(before: limit) else { return false }
            rows += 1
            if over.isDetached {
                rows += try deleteRows(of: over.rowID, limit: Forgetting.stepRows - rows, in: transaction)
                guard rows < Forgetting.stepRows else { return true }
                try store.deleteDetached(over.rowID)
                transaction.count(.forgotten("applications"))
            } else {
                let id = ID.trusted(over.key)
                guard let stored = try store.application(id) else { return false }
                if try isInUse(stored, in: transaction) {
                    try store.postpone(over.rowID, until: limit.advanced(by: Forgetting.pause))
                } else {
                    try store.detach(over.rowID)
                }
            }
        }
        return true
    }

    /// ApplicationService sends a partition an application's create once. A second one for an application that is over
    /// means that it has forgotten that application, and begins another one with its id.
    /// - Returns: the application with this id that is not over; nil if the id is free.
    func detachIfOver(_ id: ID, in transaction: LedgerTransaction) throws -> StoredApplication? {
        guard let stored = try NotifierStore(transaction).application(id) else { return nil }
        let application = stored.application
        guard application.isCancelled || application.startsAt <= transaction.now, !stored.hasBuffered else {
            return stored
        }
        try detach(stored, in: transaction)
        return nil
    }

    /// No message finds the application any more; its rows are deleted step by step.
    func detach(_ stored: StoredApplication, in transaction: LedgerTransaction) throws {
        let id = stored.application.id
        for kind in Self.applicationJobs { try transaction.cancelJobs(kind: kind, key: id.string) }
        try NotifierStore(transaction).detach(stored.rowID)
    }

    private func isInUse(_ stored: StoredApplication, in transaction: LedgerTransaction) throws -> Bool {
        let id = stored.application.id
        if stored.hasBuffered || transaction.isBlocked(ExactString(id.string)) { return true }
        return try Self.applicationJobs.contains { try !transaction.jobs(kind: $0, key: id.string).isEmpty }
    }

    private func deleteRows(of rowID: Int64, limit: Int, in transaction: LedgerTransaction) throws -> Int {
        let store = NotifierStore(transaction)
        let recipients = try store.recipients(of: rowID, limit: limit)
        for recipient in recipients {
            for key in try store.timers(Self.reminderTimer, of: recipient) {
                try transaction.cancelTimer(kind: Self.reminderTimer, key: key)
            }
            try store.deleteRecipient(recipient)
        }
        transaction.count(.forgotten("recipients"), Int64(recipients.count))
        return recipients.count + (try store.deleteVersions(of: rowID, limit: limit - recipients.count))
    }
}
