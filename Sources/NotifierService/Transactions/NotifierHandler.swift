import Contracts
import Foundation
import Ledger
import NotifierDomain

/// NotifierService inside a partition's transaction: loads what a message concerns, lets the domain decide what the
/// user is told, and stores the new standing together with the notifications.
struct NotifierHandler: LedgerHandler {
    let formatter: NotificationFormatter
    let plan: ReminderPlan
    /// The zone of an application whose create names none; ApplicationService always names one.
    let defaultZone: String

    /// The maximum number of recipients, or of buffered messages, in one step of a job.
    static let pageLimit = LedgerTransaction.stepRows

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        guard inbound.producer == .application else {
            return .refused(reason: RefusalReason.reservedForApplicationService.rawValue)
        }
        switch inbound.message {
        case .create(let create): try register(create, in: transaction)
        case .update, .cancel, .spotStatus, .response: try applyOrBuffer(inbound, in: transaction)
        case .waiting, .waitingListRecord, .notifyFreeSpot, .notification, .resend, .streamHead, .streamApplied:
            return .refused(reason: RefusalReason.notForNotifier.rawValue)
        }
        return .applied
    }

    /// Later messages do not depend on a discarded one: there is nothing to make up for.
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) {}

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        switch timer.kind {
        case Self.reminderTimer: try fireReminder(ReminderKey(parsing: timer.key), in: transaction)
        case Self.bufferTimer: try expireBuffered(.trusted(timer.key), in: transaction)
        default: throw UnknownColumnValue(timer.kind, meaning: "timer kind")
        }
    }

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        switch job.kind {
        case Self.replayJob: try replayBuffered(job, in: transaction)
        case Self.changeJob: try broadcastChange(job, in: transaction)
        case Self.moveJob: try moveReminders(job, in: transaction)
        case Self.replanJob: try replan(job, in: transaction)
        case Self.missedJob: try reconsiderMissed(job, in: transaction)
        default: throw UnknownColumnValue(job.kind, meaning: "job kind")
        }
    }

    /// Applies a message about a known application.
    /// - Parameter sentAt: when the message was sent, if it says so.
    func apply(
        _ message: Message, sentAt: Timestamp?, to stored: StoredApplication, in transaction: LedgerTransaction
    ) throws {
        switch message {
        case .update(let update):
            var application = stored.application
            let time = min(sentAt ?? transaction.now, transaction.now)
            let change = application.update(by: update, at: time)
            try NotifierStore(transaction).save(application, over: stored)
            switch change {
            case .nothing: break
            case .told: try startBroadcast(of: application.id, in: transaction)
            case .start(let from): try startMove(of: application, from: from, in: transaction)
            }
        case .cancel:
            var application = stored.application
            application.isCancelled = true
            try NotifierStore(transaction).save(application, over: stored)
        case .spotStatus(let record):
            try decide(record.userID, about: stored, in: transaction) { $0.apply(record) }
        case .response(let response) where response.status == .declined:
            try decide(response.volunteerID, about: stored, in: transaction) { $0.leave() }
        case .create, .response, .waiting, .waitingListRecord, .notifyFreeSpot, .notification, .resend, .streamHead,
            .streamApplied:
            return
        }
    }

    // MARK: - Load, decide, store

    private func decide(
        _ user: ID, about application: StoredApplication, in transaction: LedgerTransaction,
        _ body: (inout NotificationDecision) -> Void
    ) throws {
        let recipient = try NotifierStore(transaction).recipient(user, of: application)
        try decide(recipient, about: application, in: transaction, body)
    }

    /// Lets `body` decide about one recipient, and stores the result. A recipient who gets no standing is not stored.
    func decide(
        _ stored: StoredRecipient, about application: StoredApplication, in transaction: LedgerTransaction,
        _ body: (inout NotificationDecision) -> Void
    ) throws {
        let store = NotifierStore(transaction)
        var decision = NotificationDecision(
            application.application, to: stored.recipient,
            knownName: try store.name(of: application, version: stored.recipient.version), now: transaction.now)
        body(&decision)
        let recipient = decision.recipient
        let hasChanged = recipient != stored.recipient || decision.reminders != .unchanged
        if hasChanged, stored.rowID != nil || recipient.standing != .none {
            let rowID = try store.save(recipient, over: stored, of: application)
            try apply(decision.reminders, for: rowID, of: application.application, in: transaction)
        }
        for reason in decision.notifications {
            publish(
                reason.kind, formatter.text(reason, about: application.application, now: transaction.now),
                to: recipient.user, about: application.application.id, in: transaction)
        }
    }

    func publish(
        _ kind: NotificationKind, _ text: String, to user: ID, about application: ID,
        in transaction: LedgerTransaction
    ) {
        let notification = UserNotification(
            userID: user, message: text, timestamp: .instant(transaction.now), kind: kind, applicationID: application)
        transaction.publish(
            .notification(notification), exchange: Exchange.notifications, routingKey: user.string)
        transaction.count(.notified)
    }
}
