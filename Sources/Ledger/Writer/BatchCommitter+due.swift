import Contracts
import Logging

/// What the writer does in each transaction besides the inputs: timers, retries, jobs, maintenance and gaps.
extension BatchCommitter {
    func runBackgroundWork(in transaction: LedgerTransaction, _ outcome: inout BatchOutcome) throws {
        transaction.state.holdsBackTimers = false
        try reconsiderIfClockWasSetBack(in: transaction)
        if let due = transaction.state.nextDue, due <= transaction.now {
            try fireTimers(in: transaction)
            try retryBlocked(in: transaction, &outcome)
        }
        try runJobs(in: transaction)
        try maintain(in: transaction)
        requestResends(in: transaction)
        try continueInquiries(in: transaction)
        var reporting = transaction.state.reports
        let reports = reporting.take(from: transaction.state, now: transaction.monotonicNow)
        transaction.state.reports = reporting
        for report in reports { transaction.send(.streamApplied(report), to: report.stream.producer) }
    }

    /// Not for the fractions of a second by which a clock is disciplined.
    private func reconsiderIfClockWasSetBack(in transaction: LedgerTransaction) throws {
        let last = transaction.state.lastTransactionAt
        transaction.state.lastTransactionAt = transaction.now
        if let last, transaction.now >= last.advanced(by: .seconds(-1)) { return }
        do {
            try transaction.withSavepoint(traceparent: nil) { try handler.reconsider(in: transaction) }
        } catch {
            try rethrow(error)
            logger.error("Reconsidering failed", metadata: [LedgerLogKey.error: "\(error)"])
        }
    }

    private func fireTimers(in transaction: LedgerTransaction) throws {
        let limit = handler.timerLimit(in: transaction)
        transaction.state.holdsBackTimers = limit <= 0
        if limit <= 0 { return }
        for timer in try transaction.takeDueTimers(limit: min(limit, Self.timerLimit)) {
            do {
                try transaction.withSavepoint(traceparent: nil) { try handler.timerFired(timer, in: transaction) }
            } catch {
                try rethrow(error)
                logger.error(
                    "Timer failed; retrying in 30 s",
                    metadata: [LedgerLogKey.kind: "\(timer.kind)", LedgerLogKey.error: "\(error)"])
                let retry = transaction.now.advanced(by: .seconds(30))
                try transaction.schedule(LedgerTimer(kind: timer.kind, key: timer.key, due: retry))
            }
        }
    }

    private func retryBlocked(in transaction: LedgerTransaction, _ outcome: inout BatchOutcome) throws {
        var tried = 0
        while tried < Self.retryLimit {
            // Removing a message makes the next one with its key due, so an unblocked key drains in few transactions.
            let due = try transaction.dueBlocked(limit: Self.retryPageSize)
            if due.isEmpty { return }
            tried += due.count
            try retry(due, in: transaction, &outcome)
        }
    }

    private func retry(
        _ due: [BlockedMessage], in transaction: LedgerTransaction, _ outcome: inout BatchOutcome
    ) throws {
        for blocked in due {
            do {
                let inbound = try InboundMessage.stored(blocked.delivery, for: transaction.address.service)
                let disposition = try apply(inbound, in: transaction)
                try transaction.unblock(blocked)
                outcome.count(inbound.message.action, disposition)
            } catch {
                try rethrow(error)
                if blocked.delivery.position == nil, blocked.attempts + 1 >= settings.maxAttempts {
                    try transaction.park(blocked.delivery, reason: "failed \(blocked.attempts + 1) times: \(error)")
                    try transaction.unblock(blocked)
                    outcome.count(nil, .parked)
                } else {
                    try transaction.postpone(blocked, reason: "\(error)")
                }
            }
        }
    }

    private func runJobs(in transaction: LedgerTransaction) throws {
        guard transaction.state.hasStep(at: transaction.monotonicNow) else { return }
        transaction.state.jobsPausedUntil = nil
        let jobs = try transaction.nextJobs(after: transaction.state.lastJob, limit: Self.jobLimit)
        // The first always has its turn: inputs may have taken the room for a step in every transaction.
        var waiting = 0
        for (index, job) in jobs.enumerated() where index == waiting || transaction.hasRoomForStep {
            transaction.state.lastJob = job.id
            guard transaction.hasRoomAtConsumer(of: job) else {
                waiting += 1
                continue
            }
            do {
                let next = try transaction.withSavepoint(traceparent: nil) {
                    try runStep(of: job, in: transaction)
                }
                try transaction.save(job, next: next)
                if next != nil { environment.hit(.workStep) }
            } catch {
                try rethrow(error)
                logger.error(
                    "Job step failed; jobs paused for 1 s",
                    metadata: [LedgerLogKey.kind: "\(job.kind)", LedgerLogKey.error: "\(error)"])
                transaction.state.jobsPausedUntil = transaction.monotonicNow.advanced(by: .seconds(1))
            }
        }
        if waiting == jobs.count {
            transaction.state.jobsPausedUntil = transaction.monotonicNow.advanced(by: Self.consumerPause)
        }
        try transaction.updateHasJobs()
    }

    private func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        guard job.kind == LedgerJob.forgetting.kind else { return try handler.runStep(of: job, in: transaction) }
        return try forget(in: transaction) ? job : nil
    }

    private func maintain(in transaction: LedgerTransaction) throws {
        if let last = transaction.state.lastMaintenance,
            transaction.monotonicNow < last.advanced(by: settings.maintenanceInterval)
        {
            return
        }
        try transaction.capRetryTimes()
        try transaction.state.time.save(transaction.db)
        var mayHaveMore = try transaction.prune(settings)
        mayHaveMore = try attempt("Pruning", in: transaction, handler.prune) || mayHaveMore
        transaction.state.lastMaintenance = mayHaveMore ? nil : transaction.monotonicNow
        try beginForgetting(in: transaction)
    }

    /// The first step runs at once; if there is more to forget, a job does the rest between other work.
    private func beginForgetting(in transaction: LedgerTransaction) throws {
        guard try transaction.jobs(kind: LedgerJob.forgetting.kind, key: "").isEmpty else { return }
        if try attempt("Forgetting", in: transaction, forget) { try transaction.start(.forgetting) }
    }

    /// Nothing is forgotten that a message in the queue may concern.
    private func forget(in transaction: LedgerTransaction) throws -> Bool {
        guard transaction.isCaughtUp, let limit = transaction.forgetsBefore else { return false }
        transaction.countStep(rows: LedgerTransaction.stepRows)
        return try handler.forget(before: limit, in: transaction)
    }

    /// If `body` fails, its changes are undone, and it is called again at the next maintenance.
    private func attempt(
        _ name: String, in transaction: LedgerTransaction, _ body: (LedgerTransaction) throws -> Bool
    ) throws -> Bool {
        do {
            return try transaction.withSavepoint(traceparent: nil) { try body(transaction) }
        } catch {
            try rethrow(error)
            logger.error(
                "Maintenance failed", metadata: [LedgerLogKey.kind: "\(name)", LedgerLogKey.error: "\(error)"])
            return false
        }
    }

    private func requestResends(in transaction: LedgerTransaction) {
        for (stream, receiver) in transaction.state.receivers where receiver.gapSince != nil {
            var receiver = receiver
            guard let from = receiver.resendDue(now: transaction.monotonicNow) else { continue }
            transaction.state.receivers[stream] = receiver
            logger.warning(
                "Stream has a gap; requesting a resend",
                metadata: [LedgerLogKey.stream: "\(stream)", LedgerLogKey.from: "\(from)"])
            transaction.send(
                .resend(Resend(stream: stream, epoch: receiver.epoch, from: from)), to: stream.producer)
        }
    }
}
