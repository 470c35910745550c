import Contracts
import Foundation
import Ledger
import NotifierDomain

/// Messages about an application may come before its create: they are buffered until then (contract section 6).
extension NotifierHandler {
    /// Gives up waiting for the create; the key is the application's id.
    static let bufferTimer = "early"
    /// Applies buffered messages; the key is the application's id.
    static let replayJob = "early"
    /// Buffered messages without a create are parked after this time.
    private static let bufferRetention: Duration = .seconds(30 * 86_400)

    /// Stores a new application, and applies the messages that were buffered for it.
    /// - Parameter epoch: of the stream that brought the create.
    func register(_ create: CreateVolunteerApplication, epoch: Int64, in transaction: LedgerTransaction) throws {
        let id = create.applicationID
        if let known = try detachIfOver(id, in: transaction) {
            return try apply(again: create, epoch: epoch, to: known, in: transaction)
        }
        let application = ApplicationSnapshot(
            id: id, name: create.name, schedule: ApplicationSchedule(create, defaultZone: defaultZone),
            startsAt: create.startsAt)
        if try insert(application, epoch: epoch, fund: create.fundID, in: transaction) {
            try startReplay(of: id, in: transaction)
        }
    }

    /// Stores a new application. Returns whether messages were buffered for it.
    func insert(
        _ application: ApplicationSnapshot, epoch: Int64, fund: ID?, in transaction: LedgerTransaction
    ) throws -> Bool {
        let buffer = BufferedMessageStore(transaction)
        let hasBuffered = try buffer.hasAny(of: application.id)
        var application = application
        // If the application has been cancelled since, the other buffered messages are no longer told.
        if hasBuffered, try buffer.hasCancel(of: application.id) { application.isCancelled = true }
        try NotifierStore(transaction).insert(application, hasBuffered: hasBuffered, epoch: epoch, fund: fund)
        if hasBuffered { try transaction.cancelTimer(kind: Self.bufferTimer, key: application.id.string) }
        return hasBuffered
    }

    func startReplay(of application: ID, in transaction: LedgerTransaction) throws {
        let job = LedgerJob(kind: Self.replayJob, key: application.string)
        let rest = transaction.hasRoomForStep ? try replayBuffered(job, in: transaction) : job
        if let rest { try transaction.start(rest) }
    }

    /// Buffers a message about an unknown application, and one that would overtake buffered messages.
    func applyOrBuffer(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        guard let id = inbound.message.applicationID else { return }
        let stored = try NotifierStore(transaction).application(id)
        if let stored, !stored.hasBuffered {
            return try apply(
                inbound.message, sentAt: inbound.delivery.sentTime, epoch: inbound.epoch, to: stored, in: transaction)
        }
        if stored == nil, case .spotStatus(let record) = inbound.message, inbound.message.refersToUnknownApplication {
            let preferences = try PreferencesStore(transaction).preferences(of: record.userID)
            return try publish(
                .refused, formatter.unknownApplication(id, preferences), to: record.userID, about: id, of: nil,
                in: transaction)
        }
        let isCancel = inbound.message.action == .cancel
        try BufferedMessageStore(transaction).insert(inbound.delivery, isCancel: isCancel, of: id)
        guard stored == nil else { return }
        let deadline = transaction.plausibleNow.advanced(by: Self.bufferRetention)
        try transaction.schedule(LedgerTimer(kind: Self.bufferTimer, key: id.string, due: deadline))
    }

    /// Applies one page of buffered messages in the order they came. A part of ApplicationService's state has as many
    /// rows as volunteers.
    func replayBuffered(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let id = ID.trusted(job.key)
        let store = NotifierStore(transaction)
        let buffer = BufferedMessageStore(transaction)
        let page = try buffer.messages(of: id, limit: Self.pageLimit)
        var rows = 0
        var last: Int64?
        for (rowID, delivery) in page {
            guard let stored = try store.application(id) else { return nil }
            let message = try Message(streamed: delivery.body)
            try apply(
                message, sentAt: delivery.sentTime, epoch: delivery.position?.epoch ?? 0, wasBuffered: true, to: stored,
                in: transaction)
            last = rowID
            rows += message.stateRows ?? 1
            if rows >= Self.pageLimit { break }
        }
        if let last { try buffer.remove(of: id, through: last) }
        transaction.countStep(rows: rows)
        if rows >= Self.pageLimit { return job }
        try store.setNoneBuffered(id)
        return nil
    }

    /// Parks the buffered messages of an application that was never created, so that an operator sees them.
    func expireBuffered(_ application: ID, in transaction: LedgerTransaction) throws {
        guard try NotifierStore(transaction).application(application) == nil else { return }
        let page = try BufferedMessageStore(transaction).take(of: application, limit: Self.pageLimit)
        for delivery in page {
            try transaction.park(delivery, reason: "no create of its application came within 30 days")
            transaction.count(.parked)
            transaction.count(.applied, -1)
        }
        guard page.count == Self.pageLimit else { return }
        try transaction.schedule(
            LedgerTimer(kind: Self.bufferTimer, key: application.string, due: transaction.now))
    }
}

extension Message {
    /// A response to an application that does not exist was refused: no create will come.
    var refersToUnknownApplication: Bool {
        guard case .spotStatus(let record) = self else { return false }
        return record.status == .refused && record.reason == RefusalReason.unknownApplication.rawValue
    }

    /// The number of volunteers in a part of ApplicationService's state; nil for other messages.
    fileprivate var stateRows: Int? {
        if case .applicationState(let state) = self { max(1, state.volunteers.count) } else { nil }
    }
}

extension InboundMessage {
    /// The epoch of the stream that brought it.
    var epoch: Int64 {
        if case .stream(let position) = origin { position.epoch } else { 0 }
    }
}

extension StoredDelivery {
    fileprivate var sentTime: Timestamp? { sentAt.map { Timestamp(date: Date(timeIntervalSince1970: Double($0))) } }
}
