import ApplicationDomain
import Contracts
import Crypto
import Foundation
import GRDB
import Ledger

/// ApplicationService inside a partition's transaction: loads what a message concerns, lets the gate decide, and stores
/// the new state together with the messages.
struct ApplicationHandler: LedgerHandler {
    let partitions: Int
    /// For applications that name none.
    let timeZone: String

    static let startTimer = "start"
    /// Members looked at in one step of a mass telling.
    static let tellingStep = 1000

    func apply(_ inbound: Inbound, in transaction: LedgerTransaction) throws -> Disposition {
        switch inbound.message {
        case .notifyFreeSpot(let message) where inbound.producer == .waitlist:
            try applyRound(message, in: transaction)
        case .waitingListRecord(let record) where inbound.producer == .waitlist:
            try applyRecord(record, in: transaction)
        case .create(let create):
            return try applyCreate(create, in: transaction)
        case .update(let update):
            return try decide(update.applicationID, in: transaction) { gate throws(Refusal) in try gate.update(update) }
        case .cancel(let cancel):
            return try decide(cancel.applicationID, in: transaction) { gate throws(Refusal) in gate.cancel(cancel) }
        case .response(let response):
            return try respond(
                response.volunteerID, to: response.applicationID, status: response.status, in: transaction)
        case .waiting(let waiting):
            // A foreign wish to wait is a wish for a spot: there is one gate (contract section 3).
            return try respond(waiting.volunteerID, to: waiting.applicationID, status: .accepted, in: transaction)
        case .waitingListRecord(let record):
            return try respond(record.userID, to: record.applicationID, status: .accepted, in: transaction)
        case .notifyFreeSpot, .spotStatus, .notification, .resend, .streamHead, .streamApplied:
            return .refused(.notForeign)
        }
        return .applied
    }

    /// Its counts are ApplicationService's own: a discarded message changes none of them.
    func discarded(_ inbound: Inbound, in transaction: LedgerTransaction) {}

    func flush(_ transaction: LedgerTransaction) throws {
        try ApplicationStore(transaction).flush()
    }

    func fire(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        // Looking at the application is enough: from its start on the gate finds it started.
        _ = try decide(.trusted(timer.key), in: transaction) { _ throws(Refusal) in }
    }

    // MARK: - Commands

    private func applyCreate(
        _ create: CreateVolunteerApplication, in transaction: LedgerTransaction
    ) throws -> Disposition {
        let store = ApplicationStore(transaction)
        let origin = SHA256.hash(data: Message.create(create).encoded()).map { String($0, radix: 16) }.joined(
            separator: ".")
        if let known = try store.application(create.applicationID) {
            do {
                try Gate(known.application, now: transaction.now).repeated(origin: origin)
                return .applied
            } catch {
                return .refused(error)
            }
        }
        let gate = Gate.create(create, origin: origin, defaultZone: timeZone, now: transaction.now)
        try store.insert(gate.application)
        try scheduleStart(gate.application, in: transaction)
        send(gate.messages, in: transaction)
        return .applied
    }

    /// Decides something about an application as a whole.
    private func decide(
        _ id: ID, in transaction: LedgerTransaction, _ body: (inout Gate) throws(Refusal) -> Void
    ) throws -> Disposition {
        let store = ApplicationStore(transaction)
        guard let page = try store.application(id) else { return .refused(.unknownApplication) }
        var gate = Gate(page.application, now: transaction.now)
        do throws(Refusal) {
            try body(&gate)
        } catch {
            return .refused(error)
        }
        try finish(gate, over: page, member: nil, in: transaction)
        return .applied
    }

    private func respond(
        _ volunteer: ID, to application: ID, status: ResponseStatus, in transaction: LedgerTransaction
    ) throws -> Disposition {
        let store = ApplicationStore(transaction)
        guard let page = try store.application(application) else {
            return refuse(volunteer, of: application, .unknownApplication, in: transaction)
        }
        let member = try store.member(volunteer, of: page)
        var gate = Gate(
            page.application, member: member, underWay: try tellings(of: application, in: transaction),
            now: transaction.now)
        var refusal: Refusal?
        do {
            try gate.admit()
            switch status {
            case .accepted: gate.accept(volunteer)
            case .declined: gate.decline(volunteer)
            }
        } catch {
            refusal = error
        }
        try finish(gate, over: page, member: member, in: transaction)
        if let refusal { return refuse(volunteer, of: application, refusal, in: transaction) }
        return .applied
    }

    private func refuse(
        _ volunteer: ID, of application: ID, _ refusal: Refusal, in transaction: LedgerTransaction
    ) -> Disposition {
        send(
            [.telling(volunteer, of: application, .refused, at: transaction.now, reason: refusal.rawValue)],
            in: transaction)
        return .refused(refusal)
    }

    // MARK: - WaitlistService's answers

    private func applyRecord(_ record: WaitingListRecord, in transaction: LedgerTransaction) throws {
        let store = ApplicationStore(transaction)
        guard let page = try store.application(record.applicationID) else { return }
        let member = try store.member(record.userID, of: page)
        var gate = Gate(page.application, member: member, now: transaction.now)
        gate.listed(at: record.position)
        try finish(gate, over: page, member: member, in: transaction)
    }

    private func applyRound(_ message: NotifyFreeSpot, in transaction: LedgerTransaction) throws {
        let store = ApplicationStore(transaction)
        guard let page = try store.application(message.applicationID) else { return }
        var gate = Gate(
            page.application, underWay: try tellings(of: message.applicationID, in: transaction),
            now: transaction.now)
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
        try finish(gate, over: page, member: nil, in: transaction)
    }

    // MARK: - Telling many

    private func tellings(of application: ID, in transaction: LedgerTransaction) throws -> [MassTelling] {
        try transaction.work(kind: MassTelling.workKind, key: application.string).map(MassTelling.init)
    }

    func advance(_ work: LedgerWork, in transaction: LedgerTransaction) throws -> LedgerWork? {
        let store = ApplicationStore(transaction)
        let id = ID.trusted(work.key)
        guard let page = try store.application(id) else { return nil }
        // With all that is being told of this application: each member hears things in the order they happened.
        var gate = Gate(
            page.application, underWay: try tellings(of: id, in: transaction), now: transaction.now)
        let members = try store.members(of: page, after: work.cursor, limit: Self.tellingStep)
        for member in members {
            gate.turn(to: member)
            gate.settleDebts()
            try store.save(gate.member, over: member, of: page)
        }
        gate.turn(to: nil)
        try finish(gate, over: page, member: nil, in: transaction)
        guard members.count == Self.tellingStep, let last = members.last else { return nil }
        var rest = work
        rest.cursor = last.volunteer.string
        return rest
    }

    // MARK: - What every decision ends with

    private func finish(
        _ gate: Gate, over page: ApplicationStore.Page, member: Member?, in transaction: LedgerTransaction
    ) throws {
        let store = ApplicationStore(transaction)
        if gate.application.startsAt != page.application.startsAt
            || gate.application.status != page.application.status
        {
            try scheduleStart(gate.application, in: transaction)
        }
        store.save(gate.application, on: page)
        try store.save(gate.member, over: member, of: page)
        for telling in gate.tellings { try transaction.start(telling.work(for: gate.application.id)) }
        send(gate.messages, in: transaction)
    }

    private func scheduleStart(_ application: VolunteerApplication, in transaction: LedgerTransaction) throws {
        if application.status == .open {
            let timer = LedgerTimer(kind: Self.startTimer, key: application.id.string, due: application.startsAt)
            try transaction.schedule(timer)
        } else {
            try transaction.cancelTimer(kind: Self.startTimer, key: application.id.string)
        }
    }

    private func send(_ messages: [Outgoing], in transaction: LedgerTransaction) {
        for outgoing in messages {
            switch outgoing.recipient {
            case .waitlist:
                let waitlist = Address(service: .waitlist, partition: transaction.address.partition)
                transaction.emit(outgoing.message, to: waitlist, exchange: Exchange.waiting)
            case .notifier(let volunteer):
                let notifier = Address(service: .notifier, partition: .of(volunteer, count: partitions))
                transaction.emit(outgoing.message, to: notifier, exchange: Exchange.notification)
            case .everyNotifier:
                for number in 0..<partitions {
                    let notifier = Address(service: .notifier, partition: Partition(number: number))
                    transaction.emit(outgoing.message, to: notifier, exchange: Exchange.notification)
                }
            }
        }
    }
}

extension Disposition {
    fileprivate static func refused(_ refusal: Refusal) -> Disposition { .refused(reason: refusal.rawValue) }
}
