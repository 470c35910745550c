import ApplicationDomain
import Contracts
import Ledger

/// Applies messages, timers and job steps inside the writer's transaction, and ends the operations that wait for them.
struct ApplicationHandler: LedgerHandler {
    let policy: ApplicationPolicy
    let events: OperationEvents
    /// Tells the live streams what has changed; nil in a process that has none.
    var changes: ApplicationChanges?

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        let spots = SpotTransaction(policy, transaction, events)
        switch inbound.message {
        case .notifyFreeSpot(let message) where inbound.producer == .waitlist:
            try spots.receiveFreeSpots(message)
        case .waitingListRecord(let record) where inbound.producer == .waitlist:
            try applyListing(record, spots)
        case .create(let create):
            return Disposition(try spots.create(create))
        case .update(let update):
            return Disposition(try spots.update(update))
        case .cancel(let cancel):
            return Disposition(try spots.cancel(cancel))
        case .response(let response):
            return try respond(response.volunteerID, to: response.applicationID, response.status, spots)
        case .waiting(let waiting):
            // Contract section 3: from outside, this and a waiting_list_record are accepted responses.
            return try respond(waiting.volunteerID, to: waiting.applicationID, .accepted, spots)
        case .waitingListRecord(let record):
            return try respond(record.userID, to: record.applicationID, .accepted, spots)
        case .notifyFreeSpot, .spotStatus, .notification, .applicationState, .stateComplete, .webhookSettings,
            .webhookEvent, .resend, .streamHead, .streamApplied:
            return Disposition(.reservedForSystem)
        }
        return .applied
    }

    /// A discarded message changes no counter of an application, because ApplicationService keeps them itself. But a
    /// discarded `waiting_list_record` must still end the operation of the client that waits for it.
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        guard case .waitingListRecord(let record) = inbound.message, inbound.producer == .waitlist else { return }
        try applyListing(record, notifies: false, SpotTransaction(policy, transaction, events))
    }

    func flush(_ transaction: LedgerTransaction) throws {
        let store = ApplicationStore(transaction)
        try store.flush()
        let touched = store.cache.takeTouched()
        guard let changes, !touched.isEmpty else { return }
        let partition = transaction.address.partition
        transaction.afterCommit {
            changes.publish(touched.map { ApplicationChanges.Change(application: $0, fund: $1) }, in: partition)
        }
    }

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        switch TimerKind(rawValue: timer.kind) {
        case .start: try SpotTransaction(policy, transaction, events).refreshStatus(of: .trusted(timer.key))
        case nil: throw UnknownColumnValue(timer.kind, meaning: "TimerKind")
        }
    }

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        switch job.kind {
        case Self.reopenJob: return try reopen(job, in: transaction)
        case SpotTransaction.heldAnswersJob:
            return try SpotTransaction(policy, transaction, events).runHeldAnswersStep(of: job)
        case LedgerJob.resyncKind: return try sendState(job, in: transaction)
        case Self.deriveStartsJob: return try deriveStarts(job, in: transaction)
        case SpotTransaction.answerJob:
            return try SpotTransaction(policy, transaction, events).runAnswerStep(of: job)
        default: return try runBroadcastStep(of: job, in: transaction)
        }
    }

    private func runBroadcastStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let spots = SpotTransaction(policy, transaction, events)
        let rest = try spots.runBroadcastStep(of: job)
        if rest == nil, case .cancelled = try Broadcast(job) {
            // Every member has been notified, so the cancellation is complete.
            try spots.endOperations(of: nil, in: .trusted(job.key), with: .done)
        }
        return rest
    }

    /// A response by message has no HTTP answer, so a refusal is sent to the volunteer as `отклонено`.
    private func respond(
        _ volunteer: ID, to application: ID, _ status: ResponseStatus, _ spots: SpotTransaction
    ) throws -> Disposition {
        guard case .failure(let refusal) = try spots.respond(volunteer, to: application, status) else {
            return .applied
        }
        let notification = AddressedMessage.notification(
            to: volunteer, about: application, .refused, at: spots.transaction.now, reason: refusal.rawValue)
        spots.send([notification], about: try spots.store.cached(application))
        return Disposition(refusal)
    }

    private func applyListing(
        _ record: WaitingListRecord, notifies: Bool = true, _ spots: SpotTransaction
    ) throws {
        guard let allocation = try spots.applyListing(record, notifies: notifies), allocation.member != nil,
            case .ended(let outcome) = CommandOperation.State(ofResponseIn: allocation, position: record.position)
        else { return }
        try spots.endOperations(of: record.userID, in: record.applicationID, with: outcome)
    }
}

extension Disposition {
    fileprivate init(_ refusal: RefusalReason?) {
        self = refusal.map { .refused(reason: $0.rawValue) } ?? .applied
    }
}
