import Contracts
import Foundation
import GRDB
import Logging
import Synchronization

/// The writer's work without its thread: runs a batch in one transaction, and acks and answers after the commit.
final class BatchCommitter {
    let file: LedgerFile
    let handler: any LedgerHandler
    let settings: LedgerSettings
    let environment: LedgerEnvironment
    let logger: Logger
    private var state: LedgerState
    /// The handler's cache of its own rows, kept from one transaction to the next.
    private var rowCache: (any RowCache)?
    private var isWritable = true
    let refusedEpochs = RefusedEpochs()
    var unequalProducers: [Address: UnequalProducer] = [:]
    /// Why nothing may ever be committed again; nil while that is not so.
    private(set) var failure: LedgerError?

    /// Seconds before timers held back by the handler are checked again, if no input arrives earlier.
    private static let heldBackTimersInterval = 1.0
    /// After this time without inputs the queue is considered empty, whatever the broker's count said.
    private static let silence: Duration = .seconds(1)
    /// The maximum number of timers that fire in one transaction.
    static let timerLimit = 100
    /// The maximum number of jobs that run one step each in one transaction.
    static let jobLimit = 4
    /// How long jobs pause if all of them wait for consumers to apply what they have sent.
    static let consumerPause: Duration = .milliseconds(20)
    /// The maximum number of blocked messages retried in one transaction, and how many are read at a time.
    static let retryLimit = 256
    static let retryPageSize = 16
    /// Seconds between attempts to write an unwritable file.
    private static let writeBackoff: [Double] = [0.1, 0.2, 0.5, 1, 2, 5]

    init(
        file: LedgerFile, handler: any LedgerHandler, settings: LedgerSettings, environment: LedgerEnvironment,
        logger: Logger
    ) throws {
        self.file = file
        self.handler = handler
        self.settings = settings
        self.environment = environment
        self.logger = logger
        state = try file.pool.read { try LedgerState(reading: $0) }
    }

    func secondsUntilDue(longest: Double) -> Double {
        if settings.callsOnly { return longest }
        let monotonicNow = environment.monotonicNow()
        if state.hasStep(at: monotonicNow) { return 0 }
        var longest = longest
        for due in [state.reports.due, state.hasJobs ? state.jobsPausedUntil : nil] {
            guard let due else { continue }
            longest = max(0, min(longest, (due - monotonicNow) / .seconds(1)))
        }
        guard let due = state.nextDue else { return longest }
        let now = environment.now()
        let wait = Double(due.milliseconds - now.milliseconds) / 1000
        return max(state.holdsBackTimers ? Self.heldBackTimersInterval : 0, min(longest, wait))
    }

    /// One group commit. While the file cannot be written, nothing is acked, and the batch is retried until it
    /// succeeds or the process stops, after which the broker redelivers it.
    /// - Parameter waitForRetry: waits this many seconds and returns the calls that arrived by then; nil to stop.
    func commit(
        _ batch: [PendingInput], observer: any LedgerObserver, waitForRetry: (Double) -> [PendingInput]?
    ) {
        var batch = batch
        var attempt = 0
        var isJudged = false
        while true {
            let start = ContinuousClock.now
            do {
                if !isJudged { batch = try judgingSuspect(batch) }
                isJudged = true
                let outcome = try process(batch)
                let end = ContinuousClock.now
                setWritable(true, observer)
                finish(outcome, of: batch, start: start, end: end, observer)
                return
            } catch {
                setWritable(false, observer, error: error)
                failCalls(&batch, error: error)
                if let error = error as? LedgerError, [.superseded, .unequalPartitions].contains(error.code) {
                    failure = error
                    return
                }
                guard var calls = waitForRetry(Self.writeBackoff[min(attempt, Self.writeBackoff.count - 1)]) else {
                    return
                }
                failCalls(&calls, error: error)
                batch.removeAll { !$0.input.isCurrent }
                attempt += 1
            }
        }
    }

    /// Without savepoints; if an input fails, again with a savepoint around each.
    private func process(_ batch: [PendingInput]) throws -> BatchOutcome {
        do {
            return try runTransaction(batch, usesSavepoints: false)
        } catch is LedgerTransaction.RetryWithSavepoints {
            return try runTransaction(batch, usesSavepoints: true)
        }
    }

    private func runTransaction(_ batch: [PendingInput], usesSavepoints: Bool) throws -> BatchOutcome {
        var outcome = BatchOutcome()
        var newState = state
        // Dropped if the transaction fails, because it may be ahead of the file then.
        var rowCache = rowCache
        self.rowCache = nil
        try file.pool.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                let transaction = LedgerTransaction(
                    db: db, now: environment.now(), file: file, handler: handler, environment: environment,
                    state: state, retention: settings.retention, rowCache: rowCache, usesSavepoints: usesSavepoints)
                try file.ownership.check(in: transaction)
                // A subcommand that only reads leaves the file as it is.
                if !settings.callsOnly || !batch.isEmpty { try transaction.markHeads() }
                for pending in batch { try process(pending.input, in: transaction, &outcome) }
                if batch.first?.input.suspect != nil { try transaction.clearSuspect() }
                detectSilence(after: batch, in: transaction)
                if !settings.callsOnly { try runBackgroundWork(in: transaction, &outcome) }
                try flush(transaction, usesSavepoints: usesSavepoints)
                transaction.holdBackSteps(since: state)
                transaction.count(.accepted, outcome.accepted)
                for (outcome, count) in outcome.counts { transaction.count(outcome.counter, Int64(count)) }
                outcome.advancedStreams = try transaction.state.flush(since: state, to: db)
                environment.hit(.decided)
                newState = transaction.state
                rowCache = transaction.rowCache
                outcome.controlMessages = transaction.controlMessages
                outcome.verifiedStreams = transaction.verifiedStreams
                outcome.questionedStreams = transaction.questionedStreams
                outcome.commitHooks = transaction.commitHooks
                return .commit
            }
        }
        state = newState
        self.rowCache = rowCache
        return outcome
    }

    /// A failure to write the row cache may be due to any input: with savepoints each input's rows are written
    /// separately.
    private func flush(_ transaction: LedgerTransaction, usesSavepoints: Bool) throws {
        do {
            try handler.flush(transaction)
            transaction.keepPendingHooks()
        } catch {
            throw LedgerError.storage(error) ?? (usesSavepoints ? error : LedgerTransaction.RetryWithSavepoints())
        }
    }

    private func finish(
        _ outcome: BatchOutcome, of batch: [PendingInput], start: ContinuousClock.Instant,
        end: ContinuousClock.Instant, _ observer: any LedgerObserver
    ) {
        if outcome.movedCursors { environment.hit(.cursorMoved) }
        if !outcome.settled.isEmpty || !outcome.answers.isEmpty { environment.hit(.committed) }
        if !outcome.settled.isEmpty {
            for (target, tags) in outcome.settled { target.settle(tags) }
            environment.hit(.acked)
        }
        for hook in outcome.commitHooks { hook() }
        observer.committed(
            CommitSummary(
                inputs: batch.count, duration: end - start, latencies: Self.latencies(of: batch, at: end),
                advancedStreams: outcome.advancedStreams, verifiedStreams: outcome.verifiedStreams,
                questionedStreams: outcome.questionedStreams,
                controlMessages: outcome.controlMessages, outcomes: outcome.counts))
        // Last, so that a caller finds everything done.
        for answer in outcome.answers { answer() }
    }

    /// Inputs that were submitted together share one entry.
    private static func latencies(
        of batch: [PendingInput], at end: ContinuousClock.Instant
    ) -> [CommitSummary.Latency] {
        var latencies: [CommitSummary.Latency] = []
        var index = 0
        while index < batch.count {
            let submittedAt = batch[index].submittedAt
            let first = index
            while index < batch.count, batch[index].submittedAt == submittedAt { index += 1 }
            latencies.append(.init(inputs: index - first, duration: end - submittedAt))
        }
        return latencies
    }

    /// Rethrows an error that concerns the batch or the file and not the current input.
    func rethrow(_ error: any Error) throws {
        if error is LedgerTransaction.RetryWithSavepoints { throw error }
        if let storage = LedgerError.storage(error) { throw storage }
    }

    private func setWritable(_ writable: Bool, _ observer: any LedgerObserver, error: (any Error)? = nil) {
        guard writable != isWritable else { return }
        isWritable = writable
        observer.writabilityChanged(writable)
        if writable {
            logger.notice("Commits continue")
        } else {
            logger.error(
                "Nothing can be committed; partition paused",
                metadata: [LedgerLogKey.error: "\(error.map { "\($0)" } ?? "")"])
        }
    }

    /// Removes the calls and fails them now; messages stay for the next attempt.
    private func failCalls(_ batch: inout [PendingInput], error: any Error) {
        let failure = LedgerError.storage(error) ?? LedgerError(.storage, "\(error)")
        batch.removeAll { pending in
            guard case .call(_, _, let done) = pending.input else { return false }
            done(.failure(failure))
            return true
        }
    }

    private func detectSilence(after batch: [PendingInput], in transaction: LedgerTransaction) {
        if !batch.isEmpty {
            transaction.state.lastInputAt = transaction.monotonicNow
        } else if let last = transaction.state.lastInputAt, transaction.monotonicNow - last >= Self.silence,
            transaction.state.unread != nil
        {
            transaction.state.unread = 0
        }
    }
}
