import Contracts
import Foundation
import GRDB
import Ledger
import WaitlistDomain

/// WaitlistService inside a partition's transaction: loads what a message concerns, lets the desk decide, and stores
/// the new state together with the messages.
struct WaitlistHandler: LedgerHandler {
    let policy: OfferPolicy
    /// For applications whose create names no zone, which no ApplicationService of ours sends.
    let timeZone: String

    static let lapseTimer = "lapse"
    static let scanWork = "scan"
    static let resendWork = "resend"

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        guard inbound.producer == .application else {
            return .refused(reason: "only_application_service_sends_this")
        }
        switch inbound.message {
        case .create(let create): try open(create, in: transaction)
        case .update(let update): try self.update(update, in: transaction)
        case .cancel(let cancel): try decide(cancel.applicationID, in: transaction) { desk, _, _ in desk.cancel() }
        case .waiting(let waiting): try wait(waiting, in: transaction)
        case .response(let response): try leave(response, in: transaction)
        case .notifyFreeSpot(let message):
            try decide(message.applicationID, in: transaction) { desk, _, _ in desk.reserve(message) }
        case .waitingListRecord, .spotStatus, .notification, .resend, .streamHead, .streamApplied:
            return .refused(reason: "not_for_the_waiting_list")
        }
        return .applied
    }

    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        guard let application = inbound.message.applicationID,
            try WaitlistStore(db: transaction.db).list(application) != nil
        else { return }
        try decide(application, in: transaction) { desk, _, _ in desk.discarded() }
    }

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        let (application, number) = try OfferRoundKey.read(timer.key)
        try decide(application, in: transaction) { desk, store, stored in
            guard let round = try store.round(number, of: stored) else { return }
            desk.lapse(round)
        }
    }

    // MARK: - Messages

    private func open(_ create: CreateVolunteerApplication, in transaction: LedgerTransaction) throws {
        let store = WaitlistStore(db: transaction.db)
        let start = WaitlistStore.CivilStart(
            date: create.date, time: create.startTime, timeZone: create.timeZone ?? timeZone)
        if try store.list(create.applicationID) == nil {
            _ = try store.insert(Waitlist(application: create.applicationID, startsAt: start.timestamp), start: start)
        }
        try decide(create.applicationID, in: transaction) { desk, _, _ in desk.create(startsAt: start.timestamp) }
    }

    private func update(_ update: UpdateVolunteerApplication, in transaction: LedgerTransaction) throws {
        try decide(update.applicationID, in: transaction) { desk, store, stored in
            var start = stored.start
            start.date = update.date ?? start.date
            start.time = update.startTime ?? start.time
            start.timeZone = update.timeZone ?? start.timeZone
            let rounds = start == stored.start ? [] : try store.liveRounds(of: stored)
            if start != stored.start { try store.save(start, of: stored) }
            desk.update(startsAt: start.timestamp, liveRounds: rounds)
        }
    }

    private func wait(_ waiting: VolunteerWaiting, in transaction: LedgerTransaction) throws {
        try decide(waiting.applicationID, in: transaction) { desk, store, stored in
            let place = try store.entry(waiting.volunteerID, of: stored).map { entry in
                try store.place(of: entry.sequence, on: stored)
            }
            let since = waiting.timestamp?.timestamp(in: .gmt) ?? transaction.now
            desk.wait(waiting.volunteerID, since: since, place: place)
        }
    }

    private func leave(_ response: VolunteerResponse, in transaction: LedgerTransaction) throws {
        try decide(response.applicationID, in: transaction) { desk, store, stored in
            let entry = try store.entry(response.volunteerID, of: stored)
            let round = try entry.flatMap { $0.round == 0 ? nil : try store.round($0.round, of: stored) }
            desk.leave(response.volunteerID, present: entry != nil, round: round)
        }
    }

    // MARK: - Long work

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        job.kind == Self.scanWork
            ? try advanceScan(job, in: transaction) : try advanceResend(job, in: transaction)
    }

    private func advanceScan(_ work: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        var goesOn = false
        try decide(.trusted(work.key), in: transaction, startsScan: false) { desk, store, stored in
            guard let scan = desk.extendedScan() else { return }
            let page = try store.page(
                of: stored, after: scan.cursor, through: scan.end, limit: WaitlistDecision.pageLimit)
            let isLast = page.count < WaitlistDecision.pageLimit || page.last?.sequence == scan.end
            let round = scan.round == 0 ? nil : try store.round(scan.round, of: stored)
            desk.advance(page, isLast: isLast, round: round)
            goesOn = desk.list.scan != nil
        }
        return goesOn ? work : nil
    }

    private func advanceResend(_ work: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let (application, number) = try OfferRoundKey.read(work.key)
        var last: Int64?
        try decide(application, in: transaction) { desk, store, stored in
            guard let round = try store.round(number, of: stored) else { return }
            let page = try store.members(
                of: number, on: stored, after: Int64(work.cursor) ?? 0, limit: WaitlistDecision.pageLimit)
            desk.resend(page, of: round)
            last = page.count == WaitlistDecision.pageLimit ? page.last?.sequence : nil
        }
        guard let last else { return nil }
        var rest = work
        rest.cursor = String(last)
        return rest
    }

    // MARK: - What every decision ends with

    /// Loads the list, lets `body` decide, and stores what came of it.
    /// - Parameter startsScan: whether a scan that is under way afterwards needs a row of work; a scan's own step keeps
    /// its row.
    private func decide(
        _ application: ID, in transaction: LedgerTransaction, startsScan: Bool = true,
        _ body: (inout WaitlistDecision, WaitlistStore, WaitlistStore.Stored) throws -> Void
    ) throws {
        let store = WaitlistStore(db: transaction.db)
        guard let stored = try store.list(application) else { throw UnknownList() }
        var desk = WaitlistDecision(
            stored.list, policy: policy, zone: CivilClock.zone(named: stored.start.timeZone) ?? .gmt,
            now: transaction.now)
        try body(&desk, store, stored)
        for change in desk.changes {
            try store.apply(change, to: stored)
            try follow(change, of: application, in: transaction)
        }
        try store.save(desk.list, over: stored)
        if startsScan, desk.list.scan != nil, stored.list.scan == nil {
            // One row a list: an earlier scan that was dropped in this very batch may have left its own.
            try transaction.cancelJobs(kind: Self.scanWork, key: application.string)
            try transaction.start(LedgerJob(kind: Self.scanWork, key: application.string))
        }
        let partition = Address(service: .application, partition: transaction.address.partition)
        for message in desk.messages {
            if case .notifyFreeSpot(let round) = message, round.expiresAt != nil {
                transaction.count(.offers, Int64(round.waitingVolunteers.count))
            }
            transaction.emit(message, to: partition)
        }
    }

    private func follow(
        _ change: WaitlistDecision.RowChange, of application: ID, in transaction: LedgerTransaction
    ) throws {
        switch change {
        case .begin(let round), .change(let round):
            guard !round.lapsed else { return }
            let key = OfferRoundKey.write(application, round.number)
            try transaction.schedule(LedgerTimer(kind: Self.lapseTimer, key: key, due: round.expiresAt))
        case .resend(let number):
            let key = OfferRoundKey.write(application, number)
            try transaction.cancelJobs(kind: Self.resendWork, key: key)
            try transaction.start(LedgerJob(kind: Self.resendWork, key: key))
        case .append, .remove, .mark, .forgetRounds, .forgetLapsedRounds:
            break
        }
    }

    /// A message about a list that no create opened. The stream's order forbids it, so an operator must look.
    private struct UnknownList: Error, CustomStringConvertible {
        var description: String { "no create has opened this application's waiting list" }
    }
}

/// A round's key in timers and work: its number, and its application's id, which may hold any character.
enum OfferRoundKey {
    static func write(_ application: ID, _ round: Int64) -> String {
        "\(round) \(application.string)"
    }

    static func read(_ key: String) throws -> (ID, Int64) {
        let parts = key.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let round = Int64(parts[0]) else { throw Malformed() }
        return (.trusted(String(parts[1])), round)
    }

    private struct Malformed: Error {}
}
