import Contracts
import Ledger
import WaitlistDomain

/// What is over for longer than `RETENTION` is deleted (contract section 7).
extension WaitlistHandler {
    func forget(before limit: Timestamp, in transaction: LedgerTransaction) throws -> Bool {
        let store = WaitlistStore(transaction)
        let limit = Forgetting.delayed(limit, in: transaction)
        var rows = 0
        while rows < Forgetting.stepRows {
            guard let over = try store.longestOver(before: limit) else { return false }
            if over.isDetached {
                rows += try store.deleteRows(of: over.rowID, limit: Forgetting.stepRows - rows) + 1
                guard rows <= Forgetting.stepRows else { return true }
                try store.deleteDetached(over.rowID)
                transaction.count(.forgotten("lists"))
            } else {
                rows += 1
                let application = ID.trusted(over.key)
                guard let stored = try store.list(application) else { return false }
                if stored.list.isIdle, !transaction.isBlocked(ExactString(over.key)) {
                    try detach(stored, in: transaction)
                } else {
                    try store.postpone(over.rowID, until: limit.advanced(by: Forgetting.pause))
                }
            }
        }
        return true
    }

    /// ApplicationService creates an application once. A create for a list that is over, or of an earlier epoch, means
    /// that it has forgotten or lost that application, and begins another one with its id.
    func detachIfOver(
        _ application: ID, _ origin: MessageOrigin?, in transaction: LedgerTransaction
    ) throws {
        guard let stored = try WaitlistStore(transaction).list(application),
            stored.list.cancelled || stored.list.startsAt <= transaction.now
                || stored.list.isCovered(for: origin, in: transaction)
        else { return }
        try detach(stored, in: transaction)
    }

    func detach(_ stored: StoredWaitlist, in transaction: LedgerTransaction) throws {
        let store = WaitlistStore(transaction)
        let application = stored.list.application
        try transaction.cancelJobs(kind: Self.scanJob, key: application.string)
        for round in try store.liveRounds(of: stored) {
            let key = OfferRoundKey(application: application, round: round.number).text
            try transaction.cancelTimer(kind: Self.lapseTimer, key: key)
            try transaction.cancelJobs(kind: Self.resendJob, key: key)
        }
        try store.detach(stored.rowID)
    }
}

extension Waitlist {
    /// Whether nothing is reserved, offered or in progress.
    fileprivate var isIdle: Bool { reserved == 0 && outstanding == 0 && scan == nil }
}
