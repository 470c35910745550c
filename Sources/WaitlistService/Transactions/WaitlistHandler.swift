import Contracts
import Foundation
import Ledger
import WaitlistDomain

/// WaitlistService inside a partition's transaction: loads what a message concerns, lets the domain decide, and stores
/// the new state together with the messages it causes.
struct WaitlistHandler: LedgerHandler {
    let policy: OfferPolicy
    /// The zone of an application whose create names none; ApplicationService always names one.
    let defaultZone: String
    /// Requests for positions that wait until a list has applied as many messages as ApplicationService had sent when
    /// it asked; beyond the limit they are answered with the list as it is.
    let waiters = CommitWaiters<ID>(maxCount: 192)

    static let lapseTimer = "lapse"

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        guard inbound.producer == .application else {
            return .refused(reason: RefusalReason.reservedForApplicationService.rawValue)
        }
        let origin = MessageOrigin(inbound)
        do {
            if case .stateComplete(let complete) = inbound.message, case .stream(let position) = inbound.origin {
                if !complete.isSuperseded {
                    try finishResync(origin, of: position.stream.producer, in: transaction)
                }
                return .applied
            }
            return try applyKnown(inbound.message, origin, in: transaction)
        } catch is UnknownList {
            // The state of the application is still to come.
            if case .stream(let position) = inbound.origin, transaction.isResyncing(position.stream.producer) {
                return .applied
            }
            return .refused(reason: RefusalReason.unknownApplication.rawValue)
        }
    }

    private func applyKnown(
        _ message: Message, _ origin: MessageOrigin?, in transaction: LedgerTransaction
    ) throws -> Disposition {
        switch message {
        case .create(let create): try open(create, origin, in: transaction)
        case .update(let update): try self.update(update, origin, in: transaction)
        case .cancel(let cancel):
            try decide(cancel.applicationID, origin, in: transaction) { decision, _, _ in decision.cancel() }
        case .waiting(let waiting): try enqueue(waiting, origin, in: transaction)
        case .response(let response): try remove(response, origin, in: transaction)
        case .notifyFreeSpot(let message):
            try decide(message.applicationID, origin, in: transaction) { decision, _, _ in decision.reserve(message) }
        case .applicationState(let part): try receive(part, origin, in: transaction)
        case .stateComplete, .waitingListRecord, .spotStatus, .notification, .webhookSettings, .webhookEvent, .resend,
            .streamHead, .streamApplied:
            return .refused(reason: RefusalReason.notForWaitlist.rawValue)
        }
        return .applied
    }

    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        guard let application = inbound.message.applicationID,
            try WaitlistStore(transaction).list(application) != nil
        else { return }
        try decide(application, MessageOrigin(inbound), in: transaction) { decision, _, _ in decision.discarded() }
    }

    /// A round lapses. It may be gone already: forgetting rounds leaves their timers.
    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        guard timer.kind == Self.lapseTimer else { throw UnknownColumnValue(timer.kind, meaning: "timer kind") }
        let key = try OfferRoundKey(parsing: timer.key)
        guard try WaitlistStore(transaction).list(key.application) != nil else { return }
        try decide(key.application, in: transaction) { decision, store, stored in
            guard let round = try store.round(key.round, of: stored) else { return }
            decision.lapse(round)
        }
    }

    // MARK: - Messages

    private func open(
        _ create: CreateVolunteerApplication, _ origin: MessageOrigin?, in transaction: LedgerTransaction
    ) throws {
        let store = WaitlistStore(transaction)
        let schedule = ApplicationSchedule(create, defaultZone: defaultZone)
        let startsAt = create.startsAt ?? schedule.startsAt
        try detachIfOver(create.applicationID, origin, in: transaction)
        if try store.list(create.applicationID) == nil {
            try store.insert(
                Waitlist(application: create.applicationID, startsAt: startsAt, epoch: origin?.epoch ?? 0),
                schedule: schedule)
        }
        try decide(create.applicationID, origin, in: transaction) { decision, _, _ in
            decision.create(startsAt: startsAt)
        }
    }

    /// ApplicationService says when the application starts. Messages of its earlier versions do not: then a schedule
    /// that changes gives the start, by the rules of this machine.
    private func update(
        _ update: UpdateVolunteerApplication, _ origin: MessageOrigin?, in transaction: LedgerTransaction
    ) throws {
        try decide(update.applicationID, origin, in: transaction) { decision, store, stored in
            let schedule = stored.schedule.updated(by: update)
            let derived = schedule == stored.schedule ? stored.list.startsAt : schedule.startsAt
            let startsAt = update.startsAt ?? derived
            let rounds = startsAt == stored.list.startsAt ? [] : try store.liveRounds(of: stored)
            if schedule != stored.schedule { try store.save(schedule, of: stored) }
            decision.update(startsAt: startsAt, liveRounds: rounds)
        }
    }

    private func enqueue(
        _ waiting: VolunteerWaiting, _ origin: MessageOrigin?, in transaction: LedgerTransaction
    ) throws {
        try decide(waiting.applicationID, origin, in: transaction) { decision, store, stored in
            let position = try store.entry(waiting.volunteerID, of: stored).map { entry in
                try store.position(of: entry.sequence, on: stored)
            }
            let since = waiting.timestamp?.timestamp(in: .gmt) ?? transaction.now
            decision.enqueue(waiting.volunteerID, since: since, position: position)
        }
    }

    private func remove(
        _ response: VolunteerResponse, _ origin: MessageOrigin?, in transaction: LedgerTransaction
    ) throws {
        try decide(response.applicationID, origin, in: transaction) { decision, store, stored in
            let entry = try store.entry(response.volunteerID, of: stored)
            let round = try entry.flatMap { $0.round == 0 ? nil : try store.round($0.round, of: stored) }
            decision.remove(response.volunteerID, isListed: entry != nil, round: round)
        }
    }

    // MARK: - Load, decide, store

    /// Loads the list, lets `body` decide, and stores the result.
    /// - Parameters:
    ///   - origin: of the message that is decided, if it is one.
    ///   - startsScan: whether a scan that is in progress afterwards needs a job. A step of the scan keeps the job it
    ///     has.
    /// - Throws: `UnknownList` if the application has no list.
    func decide(
        _ application: ID, _ origin: MessageOrigin? = nil, in transaction: LedgerTransaction, startsScan: Bool = true,
        _ body: (inout WaitlistDecision, WaitlistStore<LedgerTransaction>, StoredWaitlist) throws -> Void
    ) throws {
        let store = WaitlistStore(transaction)
        guard let stored = try store.list(application) else { throw UnknownList() }
        if stored.list.isCovered(for: origin, in: transaction) { return }
        var decision = WaitlistDecision(
            stored.list, policy: policy, zone: stored.schedule.zone, now: transaction.now, origin: origin)
        try body(&decision, store, stored)
        for change in decision.changes {
            try store.apply(change, to: stored)
            try updateTimersAndJobs(after: change, of: application, in: transaction)
        }
        try store.save(decision.list, over: stored)
        if decision.list.seen != stored.list.seen {
            transaction.afterCommit { [waiters, seen = decision.list.seen] in waiters.wake(application, at: seen) }
        }
        if startsScan, decision.list.scan != nil, stored.list.scan == nil {
            try startScan(of: application, in: transaction)
        }
        let consumer = Address(service: .application, partition: transaction.address.partition)
        for message in decision.messages {
            if case .notifyFreeSpot(let freeSpots) = message, freeSpots.expiresAt != nil {
                transaction.count(.offers, Int64(freeSpots.waitingVolunteers.count))
            }
            transaction.emit(message, to: consumer)
        }
    }

    private func updateTimersAndJobs(
        after change: WaitlistDecision.RowChange, of application: ID, in transaction: LedgerTransaction
    ) throws {
        switch change {
        case .begin(let round), .change(let round):
            guard !round.lapsed else { return }
            let key = OfferRoundKey(application: application, round: round.number)
            try transaction.schedule(LedgerTimer(kind: Self.lapseTimer, key: key.text, due: round.expiresAt))
        case .resend(let round):
            try startResend(OfferRoundKey(application: application, round: round), in: transaction)
        case .append, .remove, .mark, .forgetRounds, .forgetLapsedRounds:
            break
        }
    }

    /// A message about a list that no create has opened, or that is forgotten. It changes nothing, and is on record as
    /// refused: ApplicationService forgets an application first, so only different settings of `RETENTION` lead here.
    struct UnknownList: Error, CustomStringConvertible {
        var description: String { "no create has opened this application's waiting list" }
    }
}

extension Waitlist {
    /// Whether the message is of a later epoch than the list: the state of the application is still to come in it, and
    /// covers the message. The epoch of a list from an earlier version is unknown, 0: it counts as an earlier one while
    /// state is being sent.
    func isCovered(for origin: MessageOrigin?, in transaction: LedgerTransaction) -> Bool {
        guard let origin, origin.epoch > epoch else { return false }
        let producer = Address(service: .application, partition: transaction.address.partition)
        return epoch != 0 || transaction.isResyncing(producer)
    }
}

extension MessageOrigin {
    fileprivate init?(_ inbound: InboundMessage) {
        guard case .stream(let position) = inbound.origin else { return nil }
        self.init(epoch: position.epoch, stamp: inbound.message.stamp)
    }
}
