import Contracts
import GRDB
import Logging

/// What the writer does by itself in each transaction: timers, retries, long work, pruning, gaps.
extension WriterCore {
    // MARK: - What falls due

    func fireTimers(in transaction: LedgerTransaction) throws {
        let limit = handler.timerLimit(in: transaction)
        transaction.state.timerLimit = limit
        if limit <= 0 { return }
        for timer in try transaction.takeDueTimers(limit: min(limit, Self.timerLimit)) {
            do {
                try transaction.withSavepoint(trace: nil) { try handler.timerFired(timer, in: transaction) }
            } catch {
                try rethrow(error)
                logger.error("A timer failed", metadata: ["kind": "\(timer.kind)", "error": "\(error)"])
                let later = transaction.now.advanced(by: .seconds(30))
                try transaction.schedule(LedgerTimer(kind: timer.kind, key: timer.key, due: later))
            }
        }
    }

    func retryHeld(in transaction: LedgerTransaction, _ outcome: inout Outcome) throws {
        guard let due = transaction.state.nextDue, due <= transaction.now else { return }
        var tried = 0
        while tried < Self.heldLimit {
            // What is released makes the next of its key due, so a key that is free again drains in few transactions.
            let due = try transaction.dueHeld(limit: Self.heldPage)
            if due.isEmpty { return }
            tried += due.count
            try retry(due, in: transaction, &outcome)
        }
    }

    private func retry(
        _ due: [BlockedMessage], in transaction: LedgerTransaction, _ outcome: inout Outcome
    ) throws {
        for held in due {
            do {
                let inbound = try InboundMessage.reread(held.delivery, for: transaction.address.service)
                let disposition = try apply(inbound, in: transaction)
                try transaction.release(held)
                outcome.count(inbound.message.action, disposition, in: transaction)
            } catch {
                try rethrow(error)
                if held.delivery.position == nil, held.attempts + 1 >= settings.maxAttempts {
                    try transaction.park(held.delivery, reason: "failed \(held.attempts + 1) times: \(error)")
                    try transaction.release(held)
                    outcome.count(nil, .parked, in: transaction)
                } else {
                    try transaction.postpone(held, reason: "\(error)")
                }
            }
        }
    }

    func advanceWork(in transaction: LedgerTransaction) throws {
        guard transaction.state.hasWork else { return }
        if let rest = transaction.state.workRestsUntil, transaction.steady < rest { return }
        transaction.state.workRestsUntil = nil
        for work in try transaction.nextWork(after: transaction.state.lastWork, limit: Self.workLimit) {
            transaction.state.lastWork = work.id
            do {
                let rest = try transaction.withSavepoint(trace: nil) { try handler.runStep(of: work, in: transaction) }
                try transaction.keep(work, rest: rest)
                if rest != nil { environment.reach(.workStep) }
            } catch {
                try rethrow(error)
                logger.error("Long work failed", metadata: ["kind": "\(work.kind)", "error": "\(error)"])
                transaction.state.workRestsUntil = transaction.steady.advanced(by: .seconds(1))
            }
        }
        try transaction.noticeWork()
    }

    func maintain(in transaction: LedgerTransaction) throws {
        if let last = transaction.state.lastMaintenance,
            transaction.steady < last.advanced(by: settings.maintenanceInterval)
        {
            return
        }
        try transaction.boundWaits()
        let mayHaveMore = try transaction.prune(settings)
        transaction.state.lastMaintenance = mayHaveMore ? nil : transaction.steady
    }

    func askForGaps(in transaction: LedgerTransaction) {
        for (stream, gate) in transaction.state.gates where gate.gapSince != nil {
            var gate = gate
            guard let from = gate.resendDue(now: transaction.steady) else { continue }
            transaction.keep(gate, of: stream)
            logger.warning(
                "A stream has a gap: asking for it again", metadata: ["stream": "\(stream)", "from": "\(from)"])
            transaction.control(
                .resend(Resend(stream: stream, epoch: gate.epoch, from: from)), to: stream.producer)
        }
    }
}
