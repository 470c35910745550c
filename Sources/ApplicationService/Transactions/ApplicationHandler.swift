import ApplicationDomain
import Contracts
import Ledger

/// ApplicationService inside a partition's transaction: what messages, timers and long work ask of the gate, and what
/// becomes of an operation that waited for one of them.
struct ApplicationHandler: LedgerHandler {
    let rules: SpotTransaction.ApplicationPolicy
    let operations: OperationWaiters

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        let gatekeeper = SpotTransaction(rules, transaction)
        switch inbound.message {
        case .notifyFreeSpot(let message) where inbound.producer == .waitlist:
            try gatekeeper.round(message)
        case .waitingListRecord(let record) where inbound.producer == .waitlist:
            try listed(record, by: gatekeeper)
        case .create(let create):
            return .of(try gatekeeper.create(create))
        case .update(let update):
            return .of(try gatekeeper.update(update))
        case .cancel(let cancel):
            return .of(try gatekeeper.cancel(cancel))
        case .response(let response):
            return try respond(response.volunteerID, to: response.applicationID, response.status, by: gatekeeper)
        case .waiting(let waiting):
            // A foreign wish to wait is a wish for a spot: there is one gate (contract section 3).
            return try respond(waiting.volunteerID, to: waiting.applicationID, .accepted, by: gatekeeper)
        case .waitingListRecord(let record):
            return try respond(record.userID, to: record.applicationID, .accepted, by: gatekeeper)
        case .notifyFreeSpot, .spotStatus, .notification, .resend, .streamHead, .streamApplied:
            return .of(.notForeign)
        }
        return .applied
    }

    /// Its counts are ApplicationService's own: a discarded message changes none of them. Whoever waits over HTTP to be
    /// on the list shall not wait for ever.
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        guard case .waitingListRecord(let record) = inbound.message, inbound.producer == .waitlist else { return }
        try listed(record, isTold: false, by: SpotTransaction(rules, transaction))
    }

    func flush(_ transaction: LedgerTransaction) throws {
        try ApplicationStore(transaction).flush()
    }

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        switch timer.kind {
        case OperationStore.forgetTimer: try OperationStore(transaction).forgetOld()
        default: try SpotTransaction(rules, transaction).look(at: .trusted(timer.key))
        }
    }

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let rest = try SpotTransaction(rules, transaction).tell(job)
        if rest == nil, case .cancelled = try Broadcast(job) {
            // Everybody has been told: the cancellation has ended.
            try end(nil, in: .trusted(job.key), .done, transaction)
        }
        return rest
    }

    /// Whoever cannot be answered at this door is told by a push why their response changed nothing.
    private func respond(
        _ volunteer: ID, to application: ID, _ status: ResponseStatus, by gatekeeper: SpotTransaction
    ) throws -> Disposition {
        guard case .failure(let refusal) = try gatekeeper.respond(volunteer, to: application, status) else {
            return .applied
        }
        gatekeeper.send([
            .telling(
                volunteer, of: application, .refused, at: gatekeeper.transaction.now, reason: refusal.rawValue)
        ])
        return .of(refusal)
    }

    private func listed(_ record: WaitingListRecord, isTold: Bool = true, by gatekeeper: SpotTransaction) throws {
        guard let gate = try gatekeeper.listed(record, isTold: isTold),
            let ending = CommandOperation.Ending(gate, listedAt: record.position)
        else { return }
        try end(record.userID, in: record.applicationID, ending, gatekeeper.transaction)
    }

    /// Ends what was commanded over HTTP and ran until now.
    private func end(
        _ volunteer: ID?, in application: ID, _ ending: CommandOperation.Ending, _ transaction: LedgerTransaction
    ) throws {
        let ended = try OperationStore(transaction).end(awaiting: volunteer, in: application, ending)
        guard !ended.isEmpty else { return }
        transaction.afterCommit { [operations] in operations.changed(ended) }
    }
}

extension Disposition {
    fileprivate static func of(_ refusal: Refusal?) -> Disposition {
        refusal.map { .refused(reason: $0.rawValue) } ?? .applied
    }
}
