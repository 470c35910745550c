import Contracts
import Ledger
import WaitlistDomain

/// ApplicationService sends its state (contract section 4): the lists are replaced, one by one, and those that it
/// does not know are dropped.
extension WaitlistHandler {
    /// Drops the lists of earlier epochs; the detail is the epoch, the cursor the last list's row id.
    static let dropJob = "drop"
    private static let dropStep = 100

    func receive(_ part: ApplicationState, _ origin: MessageOrigin?, in transaction: LedgerTransaction) throws {
        let store = WaitlistStore(transaction)
        let id = part.applicationID
        if part.isFirst {
            if let stored = try store.list(id) { try detach(stored, in: transaction) }
            try store.insert(
                Waitlist(application: id, startsAt: part.startsAt, epoch: origin?.epoch ?? 0), schedule: part.schedule)
        } else {
            guard let stored = try store.list(id), stored.list.isIncomplete else { return }
        }
        let ends = Set(part.volunteers.compactMap(\.offerExpiresAt))
        transaction.countStep(rows: part.volunteers.count)
        try decide(id, origin, in: transaction) { decision, store, stored in
            decision.receive(part, rounds: try store.rounds(of: stored, endingAt: ends))
        }
    }

    /// ApplicationService has sent the state of each application that it knows.
    func finishResync(_ origin: MessageOrigin?, of producer: Address, in transaction: LedgerTransaction) throws {
        transaction.finishResync(with: producer)
        guard let origin else { return }
        try transaction.cancelJobs(kind: Self.dropJob, key: "")
        try transaction.start(LedgerJob(kind: Self.dropJob, key: "", detail: String(origin.epoch)))
    }

    func stepDrop(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        guard let epoch = Int64(job.detail) else { throw UnknownColumnValue(job.detail, meaning: "epoch") }
        let store = WaitlistStore(transaction)
        let lists = try store.lists(after: Int64(job.cursor) ?? 0, limit: Self.dropStep)
        transaction.countStep(rows: lists.count)
        for list in lists where !list.row.isDetached && list.epoch < epoch {
            guard let stored = try store.list(.trusted(list.row.key)) else { continue }
            try detach(stored, in: transaction)
        }
        guard lists.count == Self.dropStep, let last = lists.last else { return nil }
        var rest = job
        rest.cursor = String(last.row.rowID)
        return rest
    }
}
