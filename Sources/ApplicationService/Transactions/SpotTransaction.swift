import ApplicationDomain
import Contracts
import Crypto
import Foundation
import Ledger

/// The gate inside a partition's transaction: loads what a command concerns, lets the gate decide, and stores the new
/// state together with the messages. Both doors, messages and HTTP, knock here.
struct SpotTransaction {
    static let startTimer = "start"
    /// Members looked at in one step of a mass telling.
    static let tellingStep = 1000

    let rules: ApplicationPolicy
    let transaction: LedgerTransaction
    let store: ApplicationStore

    init(_ rules: ApplicationPolicy, _ transaction: LedgerTransaction) {
        self.rules = rules
        self.transaction = transaction
        store = ApplicationStore(transaction)
    }

    /// What holds for every application of this service.
    struct ApplicationPolicy: Sendable, Hashable {
        let partitions: Int
        /// For applications that name none.
        let timeZone: String
    }

    // MARK: - Commands

    /// Returns why nothing was changed, nil when the application is there as wanted.
    func create(_ create: CreateVolunteerApplication) throws -> Refusal? {
        let origin = SHA256.hash(data: Message.create(create).encoded()).map { String($0, radix: 16) }.joined(
            separator: ".")
        if let known = try store.application(create.applicationID) {
            do {
                try SpotAllocation(known.application, now: transaction.now).repeated(origin: origin)
                return nil
            } catch {
                return error
            }
        }
        let gate = SpotAllocation.create(create, origin: origin, defaultZone: rules.timeZone, now: transaction.now)
        try store.insert(gate.application)
        try scheduleStart(gate.application)
        send(gate.messages)
        return nil
    }

    func update(_ update: UpdateVolunteerApplication) throws -> Refusal? {
        try decide(update.applicationID) { gate throws(Refusal) in try gate.update(update) }
    }

    func cancel(_ cancel: CancelVolunteerApplication) throws -> Refusal? {
        try decide(cancel.applicationID) { gate throws(Refusal) in gate.cancel(cancel) }
    }

    /// Looking at an application is enough to start it: from its start on the gate finds it started.
    func look(at id: ID) throws {
        _ = try decide(id) { _ throws(Refusal) in }
    }

    /// Decides something about an application as a whole.
    private func decide(_ id: ID, _ body: (inout SpotAllocation) throws(Refusal) -> Void) throws -> Refusal? {
        guard let page = try store.application(id) else { return .unknownApplication }
        var gate = SpotAllocation(page.application, now: transaction.now)
        do throws(Refusal) {
            try body(&gate)
        } catch {
            return error
        }
        try finish(gate, over: page, member: nil)
        return nil
    }

    /// A volunteer's response: the member's row as it is afterwards, or why it changed nothing.
    func respond(_ volunteer: ID, to application: ID, _ status: ResponseStatus) throws -> Result<Member?, Refusal> {
        guard let page = try store.application(application) else { return .failure(.unknownApplication) }
        let member = try store.member(volunteer, of: page)
        var gate = SpotAllocation(
            page.application, member: member, pendingBroadcasts: try tellings(of: application), now: transaction.now)
        let refusal = gate.respond(volunteer, status)
        // Also where it is refused: a debt that was paid, a start that was noticed.
        try finish(gate, over: page, member: member)
        return refusal.map { .failure($0) } ?? .success(gate.member)
    }

    // MARK: - WaitlistService's answers

    /// The volunteer is on the list. Returns how it stands with the volunteer now, nil for an unknown one.
    func listed(_ record: WaitingListRecord, isTold: Bool = true) throws -> SpotAllocation? {
        guard let page = try store.application(record.applicationID) else { return nil }
        let member = try store.member(record.userID, of: page)
        var gate = SpotAllocation(page.application, member: member, now: transaction.now)
        let since = record.timestamp.timestamp(in: .gmt)
        if isTold { gate.listed(at: record.position, since: since) } else { gate.noteListed(since: since) }
        try finish(gate, over: page, member: member)
        return gate
    }

    /// Spots are offered, or open to all.
    func round(_ message: NotifyFreeSpot) throws {
        guard let page = try store.application(message.applicationID) else { return }
        var gate = SpotAllocation(
            page.application, pendingBroadcasts: try tellings(of: message.applicationID), now: transaction.now)
        let round = gate.round(message, expiresAt: message.expiresAt?.timestamp(in: .gmt))
        if round != .ignored {
            for volunteer in message.waitingVolunteers {
                let member = try store.member(volunteer, of: page)
                gate.turn(to: member)
                gate.offer(round)
                try store.save(gate.member, over: member, of: page)
            }
            gate.turn(to: nil)
            gate.endRelease(round)
        }
        try finish(gate, over: page, member: nil)
    }

    // MARK: - Telling many

    private func tellings(of application: ID) throws -> [Broadcast] {
        try transaction.work(kind: Broadcast.workKind, key: application.string).map(Broadcast.init)
    }

    /// One step of a mass telling; what is left of it.
    func tell(_ work: LedgerJob) throws -> LedgerJob? {
        let id = ID.trusted(work.key)
        guard let page = try store.application(id) else { return nil }
        // With all that is being told of this application: each member hears things in the order they happened.
        var gate = SpotAllocation(page.application, pendingBroadcasts: try tellings(of: id), now: transaction.now)
        let members = try store.members(of: page, after: work.cursor, limit: Self.tellingStep)
        for member in members {
            gate.turn(to: member)
            gate.sendPendingBroadcasts()
            try store.save(gate.member, over: member, of: page)
        }
        gate.turn(to: nil)
        try finish(gate, over: page, member: nil)
        guard members.count == Self.tellingStep, let last = members.last else { return nil }
        var rest = work
        rest.cursor = last.volunteer.string
        return rest
    }

    // MARK: - What every decision ends with

    private func finish(_ gate: SpotAllocation, over page: ApplicationStore.CachedApplication, member: Member?) throws {
        if gate.application.startsAt != page.application.startsAt
            || gate.application.status != page.application.status
        {
            try scheduleStart(gate.application)
        }
        store.save(gate.application, on: page)
        try store.save(gate.member, over: member, of: page)
        for telling in gate.tellings { try transaction.start(telling.work(for: gate.application.id)) }
        send(gate.messages)
    }

    private func scheduleStart(_ application: VolunteerApplication) throws {
        if application.status == .open {
            let timer = LedgerTimer(kind: Self.startTimer, key: application.id.string, due: application.startsAt)
            try transaction.schedule(timer)
        } else {
            try transaction.cancelTimer(kind: Self.startTimer, key: application.id.string)
        }
    }

    func send(_ messages: [AddressedMessage]) {
        for outgoing in messages {
            switch outgoing.recipient {
            case .waitlist:
                let waitlist = Address(service: .waitlist, partition: transaction.address.partition)
                transaction.emit(outgoing.message, to: waitlist)
            case .notifier(let volunteer):
                let notifier = Address(service: .notifier, partition: .of(volunteer, count: rules.partitions))
                transaction.emit(outgoing.message, to: notifier)
            case .everyNotifier:
                for number in 0..<rules.partitions {
                    let notifier = Address(service: .notifier, partition: Partition(number: number))
                    transaction.emit(outgoing.message, to: notifier)
                }
            }
        }
    }
}
