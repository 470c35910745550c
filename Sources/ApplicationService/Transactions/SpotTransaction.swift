import ApplicationDomain
import Contracts
import Foundation
import Ledger

/// Decisions about spots inside the writer's transaction: loads what a message, a command or a timer concerns, lets the
/// domain decide, and saves the new state together with the messages it causes.
struct SpotTransaction {
    let policy: ApplicationPolicy
    let transaction: LedgerTransaction
    let store: ApplicationStore<LedgerTransaction>
    private let events: OperationEvents

    init(_ policy: ApplicationPolicy, _ transaction: LedgerTransaction, _ events: OperationEvents) {
        self.policy = policy
        self.transaction = transaction
        self.events = events
        store = ApplicationStore(transaction)
    }

    // MARK: - Commands

    /// Returns why nothing was changed; nil if the application now exists as wanted.
    func create(_ command: CreateVolunteerApplication) throws -> RefusalReason? {
        var create = command
        // Only this service says when an application starts.
        create.startsAt = nil
        let digest = create.digest
        if let cached = try store.cached(create.applicationID) {
            do {
                try SpotAllocation(cached.application, now: transaction.now).repeatCreate(digest: digest)
                return nil
            } catch {
                return error
            }
        }
        let allocation = SpotAllocation.create(
            create, digest: digest, defaultZone: policy.timeZone, now: transaction.now)
        try store.insert(allocation.application)
        store.cache.touch(allocation.application)
        try scheduleStart(allocation.application)
        send(allocation.messages, about: nil)
        return nil
    }

    func update(_ update: UpdateVolunteerApplication) throws -> RefusalReason? {
        if try isPastRetention(update.applicationID) { return .unknownApplication }
        return try decide(update.applicationID) { allocation throws(RefusalReason) in try allocation.update(update) }
    }

    func cancel(_ cancel: CancelVolunteerApplication) throws -> RefusalReason? {
        try decide(cancel.applicationID) { allocation throws(RefusalReason) in allocation.cancel(cancel) }
    }

    /// Whether the application started so long ago that it is forgotten, here or by the other services: it must not
    /// open again.
    private func isPastRetention(_ id: ID) throws -> Bool {
        guard let cached = try store.cached(id), cached.application.status(at: transaction.now) == .started,
            let end = try store.end(of: cached.rowID)
        else { return false }
        return transaction.isPastRetention(end)
    }

    /// Acts upon the start of an application, if it has come: every decision does that first.
    func refreshStatus(of application: ID) throws {
        _ = try decide(application) { _ throws(RefusalReason) in }
    }

    /// The rules of the application's zone have changed.
    func followZoneRules(of application: ID) throws {
        guard let cached = try store.cached(application), cached.application.startByCurrentRules != nil else { return }
        try store.recordFormerStart(cached.application.startsAt, of: cached.rowID)
        _ = try decide(application) { allocation throws(RefusalReason) in allocation.followZoneRules() }
    }

    /// Decides something about an application as a whole.
    private func decide(
        _ id: ID, _ body: (inout SpotAllocation) throws(RefusalReason) -> Void
    ) throws -> RefusalReason? {
        guard let cached = try store.cached(id) else { return .unknownApplication }
        var allocation = SpotAllocation(
            cached.application, pendingBroadcasts: try pendingBroadcasts(of: id), now: transaction.now)
        do throws(RefusalReason) {
            try body(&allocation)
        } catch {
            return error
        }
        try finish(allocation, over: cached, member: nil)
        return nil
    }

    /// A volunteer's response. Returns the decision, or why nothing was changed.
    func respond(
        _ volunteer: ID, to application: ID, _ status: ResponseStatus
    ) throws -> Result<SpotAllocation, RefusalReason> {
        guard let cached = try store.cached(application) else { return .failure(.unknownApplication) }
        return try respond(volunteer, status, in: cached, member: store.member(volunteer, of: cached.rowID))
    }

    /// - Parameters:
    ///   - member: the volunteer as read in this transaction; nil without a row.
    ///   - remover: the caller's name if it is somebody else than the volunteer; nil for a message, which counts as the
    ///     volunteer's own.
    ///   - comment: why a remover declines.
    func respond(
        _ volunteer: ID, _ status: ResponseStatus, in cached: CachedApplication, member: Member?,
        by remover: String? = nil, comment: String? = nil
    ) throws -> Result<SpotAllocation, RefusalReason> {
        var allocation = SpotAllocation(
            cached.application, member: member,
            pendingBroadcasts: try pendingBroadcasts(of: cached.application.id),
            now: transaction.now)
        let refusal = allocation.respond(
            volunteer, status, by: remover, comment: comment, changesPerHour: policy.changesPerHour)
        // Also after a refusal: a pending broadcast may have been sent, or the application may have started.
        try finish(allocation, over: cached, member: member)
        if allocation.replaces(member), case .ended(let outcome) = CommandOperation.State(ofResponseIn: allocation) {
            try endOperations(of: volunteer, in: cached.application.id, with: outcome)
        }
        return refusal.map { .failure($0) } ?? .success(allocation)
    }

    /// Ends the operations that wait for a volunteer's response, or with nil for the fund's command.
    func endOperations(
        of volunteer: ID?, in application: ID, with outcome: CommandOperation.Outcome
    ) throws {
        let ended = try OperationStore(transaction).end(of: volunteer, in: application, with: outcome)
        events.ended(ended, in: transaction, of: policy.partitions)
    }

    // MARK: - WaitlistService's answers

    /// WaitlistService has the volunteer on its list. Returns the decision; nil for an unknown application.
    func applyListing(_ record: WaitingListRecord, notifies: Bool = true) throws -> SpotAllocation? {
        guard let cached = try store.cached(record.applicationID) else { return nil }
        let member = try store.member(record.userID, of: cached.rowID)
        var allocation = SpotAllocation(cached.application, member: member, now: transaction.now)
        let since = record.timestamp.timestamp(in: .gmt)
        if notifies {
            allocation.listed(at: record.position, since: since)
        } else {
            allocation.markListed(since: since)
        }
        try finish(allocation, over: cached, member: member)
        return allocation
    }

    // MARK: - Broadcasts

    func pendingBroadcasts(of application: ID) throws -> [Broadcast] {
        try transaction.jobs(kind: Broadcast.jobKind, key: application.string).map(Broadcast.init)
    }

    /// One step of a broadcast. Returns the rest of the job, nil when it is done.
    func runBroadcastStep(of job: LedgerJob) throws -> LedgerJob? {
        let id = ID.trusted(job.key)
        guard let cached = try store.cached(id) else { return nil }
        // All pending broadcasts of the application, so that each member receives them in the order of the events.
        var allocation = SpotAllocation(
            cached.application, pendingBroadcasts: try pendingBroadcasts(of: id), now: transaction.now)
        let members = try store.members(of: cached.rowID, after: job.cursor, limit: LedgerTransaction.stepRows)
        transaction.countStep(rows: members.count)
        for member in members {
            allocation.select(member)
            allocation.receiveBroadcasts()
            try store.save(allocation.member, over: member, of: cached.rowID)
            // WaitlistService's answer may never come: a resync leaves out cancelled applications.
            if cached.application.status == .cancelled, member.standing == .waiting, !member.isListed {
                try endOperations(of: member.volunteer, in: id, with: .failed(.applicationCancelled))
            }
        }
        allocation.select(nil)
        // Also without members: the operation of a cancellation ends with its last step.
        store.cache.touch(cached.application)
        try finish(allocation, over: cached, member: nil)
        guard members.count == LedgerTransaction.stepRows, let last = members.last else {
            if let next = try Broadcast(job).next(in: cached.application) {
                try transaction.start(next.job(for: id))
            }
            return nil
        }
        var rest = job
        rest.cursor = last.volunteer.string
        return rest
    }

    // MARK: - The end of every decision

    /// - Parameters:
    ///   - cached: the application before the decision.
    ///   - member: the member before the decision.
    func finish(_ allocation: SpotAllocation, over cached: CachedApplication, member: Member?) throws {
        let application = allocation.application
        if application.startsAt != cached.application.startsAt || application.status != cached.application.status {
            try scheduleStart(application)
        }
        if application != cached.application || allocation.member != member { store.cache.touch(application) }
        store.save(application, in: cached)
        try store.save(allocation.member, over: member, of: cached.rowID)
        for broadcast in allocation.broadcasts { try transaction.start(broadcast.job(for: application.id)) }
        send(allocation.messages, about: cached)
    }

    private func scheduleStart(_ application: VolunteerApplication) throws {
        let kind = TimerKind.start.rawValue
        if application.status == .open {
            try transaction.schedule(
                LedgerTimer(kind: kind, key: application.id.string, due: application.startsAt))
        } else {
            try transaction.cancelTimer(kind: kind, key: application.id.string)
        }
    }

    /// An application has the same partition in both services.
    var waitlist: Address { Address(service: .waitlist, partition: transaction.address.partition) }

    /// - Parameter cached: the application as it is after the decision; nil if it does not exist, or is new, so that no
    ///   notifier partition knows it.
    func send(_ messages: [AddressedMessage], about cached: CachedApplication?) {
        for addressed in messages {
            switch addressed.destination {
            case .waitlist:
                transaction.emit(addressed.message, to: waitlist)
            case .notifier(let volunteer):
                let partition = Partition.of(volunteer, count: policy.partitions)
                if let cached { introduce(cached, to: partition) }
                transaction.emit(addressed.message, to: Address(service: .notifier, partition: partition))
            case .notifiers:
                for partition in notifiers(of: cached) {
                    transaction.emit(addressed.message, to: Address(service: .notifier, partition: partition))
                }
            }
        }
    }

    private func notifiers(of cached: CachedApplication?) -> [Partition] {
        guard let cached else { return [] }
        return (0..<policy.partitions).map(Partition.init(number:)).filter(cached.notifiers.contains)
    }

    /// NotifierService holds back what it hears of an application until it knows it, so its create goes first.
    private func introduce(_ cached: CachedApplication, to partition: Partition) {
        guard !cached.notifiers.contains(partition) else { return }
        store.add(notifier: partition, to: cached)
        for message in cached.application.introduction {
            transaction.emit(message, to: Address(service: .notifier, partition: partition))
        }
    }
}
