import ApplicationDomain
import Contracts
import Ledger

/// What is over for longer than `RETENTION` is deleted (contract section 7).
extension ApplicationHandler {
    /// Operations, idempotency records, stream tickets and used entries have terms of their own.
    func prune(in transaction: LedgerTransaction) throws -> Bool {
        let tickets = try StreamTicketStore(transaction).deleteExpired(limit: Forgetting.stepRows)
        let entries = try UsedEntryStore(transaction).deleteExpired(limit: Forgetting.stepRows)
        return try OperationStore(transaction).deleteOld() || max(tickets, entries) == Forgetting.stepRows
    }

    func forget(before limit: Timestamp, in transaction: LedgerTransaction) throws -> Bool {
        let store = ApplicationStore(transaction)
        var rows = 0
        while rows < Forgetting.stepRows {
            guard let over = try store.longestOver(before: limit) else { return false }
            if over.isDetached {
                let members = try store.deleteMembers(of: over.rowID, limit: Forgetting.stepRows - rows)
                transaction.count(.forgotten("members"), Int64(members))
                rows += members + 1
                guard rows <= Forgetting.stepRows else { return true }
                try store.deleteDetached(over.rowID)
                transaction.count(.forgotten("applications"))
            } else {
                rows += 1
                guard try release(over, before: limit, in: transaction) else { return true }
            }
        }
        return true
    }

    /// Detaches an application, or postpones it. False: decisions of this transaction come first.
    private func release(
        _ over: OverRow, before limit: Timestamp, in transaction: LedgerTransaction
    ) throws -> Bool {
        let store = ApplicationStore(transaction)
        let id = ID.trusted(over.key)
        guard let cached = try store.cached(id), !cached.isChanged else { return false }
        if cached.application.status(at: transaction.now) != cached.application.status {
            try SpotTransaction(policy, transaction, events).refreshStatus(of: id)
            return false
        }
        if try isInUse(cached.application, in: transaction) {
            try store.postpone(over.rowID, until: limit.advanced(by: Forgetting.pause))
        } else {
            try store.detach(id, rowID: over.rowID)
        }
        return true
    }

    private func isInUse(_ application: VolunteerApplication, in transaction: LedgerTransaction) throws -> Bool {
        let id = application.id
        if application.status == .open || application.reserved > 0 { return true }
        if transaction.isBlocked(ExactString(id.string)) { return true }
        if try !transaction.jobs(kind: Broadcast.jobKind, key: id.string).isEmpty { return true }
        return try OperationStore(transaction).hasUnfinished(of: id)
    }
}
