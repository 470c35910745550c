import ApplicationDomain
import Contracts
import Foundation
import Ledger

/// WaitlistService's `notify_free_spot` (contract section 5 rule 8).
///
/// The messages of a round to many are stored, and a job applies them one by one, in the order in which they came. To
/// both services that is as if these messages had been longer on their way. So are those that come before
/// WaitlistService has answered what it knows: they may concern another life of this service's file, which gave the
/// same numbers to other messages.
extension SpotTransaction {
    /// The kind of the job that applies an application's stored messages; the key is its id.
    static let answerJob = "answer"

    /// Applies the message at once if there is room for it and no earlier one is stored.
    func receiveFreeSpots(_ message: NotifyFreeSpot) throws {
        let id = message.applicationID
        guard let cached = try store.cached(id) else { return }
        let isVerified = transaction.isVerified(waitlist)
        if isVerified, transaction.hasRoomForStep, try !store.hasAnswers(of: cached.rowID) {
            return try apply(message, to: cached)
        }
        try store.append(message, traceparent: transaction.traceparent, of: cached.rowID)
        if isVerified { try startAnswers(of: id) }
    }

    private func startAnswers(of id: ID) throws {
        guard try transaction.jobs(kind: Self.answerJob, key: id.string).isEmpty else { return }
        try transaction.start(LedgerJob(kind: Self.answerJob, key: id.string))
    }

    /// The kind of the job that begins the jobs of all applications with stored messages; the cursor is the last
    /// application's row id.
    static let heldAnswersJob = "held"
    private static let heldAnswersStep = 100

    /// WaitlistService has answered: what was stored until then is applied.
    func releaseAnswers() throws {
        try transaction.cancelJobs(kind: Self.heldAnswersJob, key: "")
        if let rest = try runHeldAnswersStep(of: LedgerJob(kind: Self.heldAnswersJob, key: "")) {
            try transaction.start(rest)
        }
    }

    func runHeldAnswersStep(of job: LedgerJob) throws -> LedgerJob? {
        let applications = try store.applicationsWithAnswers(after: Int64(job.cursor) ?? 0, limit: Self.heldAnswersStep)
        transaction.countStep(rows: applications.count)
        for rowID in applications {
            guard let id = try store.key(of: rowID) else { continue }
            try startAnswers(of: id)
        }
        guard applications.count == Self.heldAnswersStep, let last = applications.last else { return nil }
        var rest = job
        rest.cursor = String(last)
        return rest
    }

    /// Applies the oldest stored message. Returns the rest of the job, nil when it is done.
    func runAnswerStep(of job: LedgerJob) throws -> LedgerJob? {
        // The stream has begun a new epoch. The next answer starts the job again.
        guard transaction.isVerified(waitlist) else { return nil }
        guard let cached = try store.cached(.trusted(job.key)),
            let answer = try store.takeAnswer(of: cached.rowID)
        else { return nil }
        transaction.traceparent = answer.traceparent
        try apply(answer.message, to: cached)
        return try store.hasAnswers(of: cached.rowID) ? job : nil
    }

    /// WaitlistService offers spots, or opens them to all.
    private func apply(_ message: NotifyFreeSpot, to cached: CachedApplication) throws {
        var allocation = SpotAllocation(
            cached.application, pendingBroadcasts: try pendingBroadcasts(of: message.applicationID),
            now: transaction.now)
        let answer = allocation.classify(
            message, expiresAt: message.expiresAt?.timestamp(in: .gmt), epoch: transaction.epoch(ofStreamTo: waitlist))
        if answer != .ignored {
            let formerStart = try store.formerStart(of: cached.rowID)
            transaction.countStep(rows: message.waitingVolunteers.count)
            store.cache.touch(cached.application)
            for volunteer in message.waitingVolunteers {
                let member = try store.member(volunteer, of: cached.rowID)
                allocation.select(member)
                allocation.offer(answer, formerStart: formerStart)
                try store.save(allocation.member, over: member, of: cached.rowID)
            }
            allocation.select(nil)
            allocation.endRelease(after: answer)
        }
        try finish(allocation, over: cached, member: nil)
    }
}
