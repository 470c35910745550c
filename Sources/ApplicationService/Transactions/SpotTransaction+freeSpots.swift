import ApplicationDomain
import Contracts
import Foundation
import Ledger

/// WaitlistService's `notify_free_spot` (contract section 5 rule 8).
///
/// The messages of a round to many are stored, and a job applies them one by one, in the order in which they came. To
/// both services that is as if these messages had been longer on their way.
extension SpotTransaction {
    /// The kind of the job that applies an application's stored messages; the key is its id.
    static let answerJob = "answer"

    /// Applies the message at once if there is room for it and no earlier one is stored.
    func receiveFreeSpots(_ message: NotifyFreeSpot) throws {
        let id = message.applicationID
        guard let cached = try store.cached(id) else { return }
        let isFirst = try transaction.jobs(kind: Self.answerJob, key: id.string).isEmpty
        if isFirst, transaction.hasRoomForStep { return try apply(message, to: cached) }
        try store.append(message, traceparent: transaction.traceparent, of: cached.rowID)
        if isFirst { try transaction.start(LedgerJob(kind: Self.answerJob, key: id.string)) }
    }

    /// Applies the oldest stored message. Returns the rest of the job, nil when it is done.
    func runAnswerStep(of job: LedgerJob) throws -> LedgerJob? {
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
