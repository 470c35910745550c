import Contracts
import Ledger
import WaitlistDomain

/// The jobs of WaitlistService, advanced by one page of entries per transaction.
extension WaitlistHandler {
    /// Runs the scan of a list; the key is the application's id.
    static let scanJob = "scan"
    /// Sends a round's offers again; the key is an ``OfferRoundKey``, the cursor the last sequence number sent.
    static let resendJob = "resend"
    /// Continues the lists on which a clock that was ahead has ended all offers (contract section 5 rule 10); the
    /// cursor is the last list's row id.
    private static let resumeJob = "resume"
    private static let resumeStep = 100

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        do {
            return switch job.kind {
            case Self.scanJob: try stepScan(job, in: transaction)
            case Self.resendJob: try stepResend(job, in: transaction)
            case Self.dropJob: try stepDrop(job, in: transaction)
            case Self.resumeJob: try stepResume(job, in: transaction)
            default: throw UnknownColumnValue(job.kind, meaning: "job kind")
            }
        } catch is UnknownList {
            return nil
        }
    }

    func reconsider(in transaction: LedgerTransaction) throws {
        let lists = try WaitlistStore(transaction).withoutOffers(after: 0, limit: 1, now: transaction.now)
        guard !lists.isEmpty else { return }
        try transaction.cancelJobs(kind: Self.resumeJob, key: "")
        try transaction.start(LedgerJob(kind: Self.resumeJob, key: ""))
    }

    private func stepResume(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let lists = try WaitlistStore(transaction).withoutOffers(
            after: Int64(job.cursor) ?? 0, limit: Self.resumeStep, now: transaction.now)
        transaction.countStep(rows: lists.count)
        for list in lists {
            try decide(list.application, in: transaction) { decision, _, _ in decision.resume() }
        }
        guard lists.count == Self.resumeStep, let last = lists.last else { return nil }
        var rest = job
        rest.cursor = String(last.rowID)
        return rest
    }

    /// A list has one scan job: a scan dropped earlier in the same batch may have left its own.
    func startScan(of application: ID, in transaction: LedgerTransaction) throws {
        try transaction.cancelJobs(kind: Self.scanJob, key: application.string)
        try transaction.start(LedgerJob(kind: Self.scanJob, key: application.string))
    }

    private func stepScan(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        var hasMore = false
        try decide(.trusted(job.key), in: transaction, startsScan: false) { decision, store, stored in
            guard let scan = decision.extendedScan() else { return }
            let page = try store.page(
                of: stored, after: scan.cursor, through: scan.end, limit: WaitlistDecision.pageLimit)
            transaction.countStep(rows: page.count)
            let isLast = page.count < WaitlistDecision.pageLimit || page.last?.sequence == scan.end
            let round = scan.round == 0 ? nil : try store.round(scan.round, of: stored)
            decision.advance(page, isLast: isLast, round: round)
            hasMore = decision.list.scan != nil
        }
        return hasMore ? job : nil
    }

    func startResend(_ key: OfferRoundKey, in transaction: LedgerTransaction) throws {
        try transaction.cancelJobs(kind: Self.resendJob, key: key.text)
        try transaction.start(LedgerJob(kind: Self.resendJob, key: key.text))
    }

    private func stepResend(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let key = try OfferRoundKey(parsing: job.key)
        var last: Int64?
        try decide(key.application, in: transaction) { decision, store, stored in
            guard let round = try store.round(key.round, of: stored) else { return }
            let page = try store.members(
                of: key.round, on: stored, after: Int64(job.cursor) ?? 0, limit: WaitlistDecision.pageLimit)
            transaction.countStep(rows: page.count)
            decision.resend(page, of: round)
            last = page.count == WaitlistDecision.pageLimit ? page.last?.sequence : nil
        }
        guard let last else { return nil }
        var next = job
        next.cursor = String(last)
        return next
    }
}
