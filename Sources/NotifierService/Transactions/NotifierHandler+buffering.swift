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
    func register(_ create: CreateVolunteerApplication, in transaction: LedgerTransaction) throws {
        let store = NotifierStore(transaction)
        let id = create.applicationID
        guard try detachIfOver(id, in: transaction) else { return }
        let buffer = BufferedMessageStore(transaction)
        let hasBuffered = try buffer.hasAny(of: id)
        // If the application has been cancelled since, the other buffered messages are no longer told.
        let application = ApplicationSnapshot(
            id: id, name: create.name, schedule: ApplicationSchedule(create, defaultZone: defaultZone),
            startsAt: create.startsAt, isCancelled: try buffer.hasCancel(of: id))
        try store.insert(application, hasBuffered: hasBuffered)
        guard hasBuffered else { return }
        try transaction.cancelTimer(kind: Self.bufferTimer, key: id.string)
        let job = LedgerJob(kind: Self.replayJob, key: id.string)
        let rest = transaction.hasRoomForStep ? try replayBuffered(job, in: transaction) : job
        if let rest { try transaction.start(rest) }
    }

    /// Buffers a message about an unknown application, and one that would overtake buffered messages.
    func applyOrBuffer(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        guard let id = inbound.message.applicationID else { return }
        let stored = try NotifierStore(transaction).application(id)
        if let stored, !stored.hasBuffered {
            return try apply(inbound.message, sentAt: inbound.delivery.sentTime, to: stored, in: transaction)
        }
        if stored == nil, case .spotStatus(let record) = inbound.message, record.refersToUnknownApplication {
            return publish(
                .refused, formatter.unknownApplication(id), to: record.userID, about: id, in: transaction)
        }
        let isCancel = inbound.message.action == .cancel
        try BufferedMessageStore(transaction).insert(inbound.delivery, isCancel: isCancel, of: id)
        guard stored == nil else { return }
        let deadline = transaction.plausibleNow.advanced(by: Self.bufferRetention)
        try transaction.schedule(LedgerTimer(kind: Self.bufferTimer, key: id.string, due: deadline))
    }

    /// Applies one page of buffered messages in the order they came.
    func replayBuffered(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let id = ID.trusted(job.key)
        let store = NotifierStore(transaction)
        let page = try BufferedMessageStore(transaction).take(of: id, limit: Self.pageLimit)
        transaction.countStep(rows: page.count)
        for delivery in page {
            guard let stored = try store.application(id) else { return nil }
            try apply(
                try Message(streamed: delivery.body), sentAt: delivery.sentTime, to: stored, in: transaction)
        }
        if page.count == Self.pageLimit { return job }
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

extension SpotStatusRecord {
    /// A response to an application that does not exist was refused: no create will come.
    fileprivate var refersToUnknownApplication: Bool {
        status == .refused && reason == RefusalReason.unknownApplication.rawValue
    }
}

extension StoredDelivery {
    fileprivate var sentTime: Timestamp? { sentAt.map { Timestamp(date: Date(timeIntervalSince1970: Double($0))) } }
}
