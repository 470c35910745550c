import Contracts
import Foundation
import Ledger
import NotifierDomain
import Webhooks

/// NotifierService inside a partition's transaction: loads what a message concerns, lets the domain decide what the
/// user is told, and stores the new standing together with the notifications.
struct NotifierHandler: LedgerHandler {
    /// How many streams may wait in one partition at the same time; the rest of its requests stays for what does not
    /// wait.
    static let maxStreamsPerPartition = 3_072

    let formatter: NotificationFormatter
    let plan: ReminderPlan
    /// The zone of an application whose create names none; ApplicationService always names one.
    let defaultZone: String
    /// `PARTITIONS`, by which an application belongs to a partition of ApplicationService.
    let partitions: Int
    /// Streams of inboxes that wait for a user's next notification.
    let waiters = CommitWaiters<ID>(maxCount: maxStreamsPerPartition)
    /// Where the dispatcher of deliveries is told of new ones.
    var notices = DeliveryNotices()
    var schedule = RetrySchedule.standard

    /// The maximum number of recipients, or of buffered messages, in one step of a job.
    static let pageLimit = LedgerTransaction.stepRows

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        guard case .stream(let position) = inbound.origin, position.stream.producer.service == .application else {
            return .refused(reason: RefusalReason.reservedForApplicationService.rawValue)
        }
        switch inbound.message {
        case .create(let create): try register(create, epoch: position.epoch, in: transaction)
        case .update, .cancel, .spotStatus, .response: try applyOrBuffer(inbound, in: transaction)
        case .applicationState(let state): try receive(state, inbound, in: transaction)
        case .stateComplete(let complete): try finish(complete, at: position, in: transaction)
        case .webhookSettings(let settings): try apply(settings, at: position, in: transaction)
        case .webhookEvent(let event): try apply(event, in: transaction)
        case .waiting, .waitingListRecord, .notifyFreeSpot, .notification, .resend, .streamHead, .streamApplied:
            return .refused(reason: RefusalReason.notForNotifier.rawValue)
        }
        return .applied
    }

    /// Later messages do not depend on a discarded one, so there is nothing to make up for. But no other message ends a
    /// resync.
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) {
        guard case .stream(let position) = inbound.origin, case .stateComplete = inbound.message else { return }
        transaction.finishResync(with: position.stream.producer)
    }

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        switch timer.kind {
        case Self.reminderTimer: try fireReminder(ReminderKey(parsing: timer.key), in: transaction)
        case Self.bufferTimer: try expireBuffered(.trusted(timer.key), in: transaction)
        case Self.unknownTimer: try startLosing(timer.key, in: transaction)
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
        case Self.unknownRecipientsJob: try loseRecipients(job, in: transaction)
        case Self.unknownApplicationsJob: try loseApplications(job, in: transaction)
        case Self.unknownCallersJob: try dropCallers(job, in: transaction)
        default: throw UnknownColumnValue(job.kind, meaning: "job kind")
        }
    }

    /// Applies a message about a known application.
    /// - Parameters:
    ///   - sentAt: when the message was sent, if it says so.
    ///   - epoch: of the stream that brought it.
    func apply(
        _ message: Message, sentAt: Timestamp?, epoch: Int64, wasBuffered: Bool = false, to stored: StoredApplication,
        in transaction: LedgerTransaction
    ) throws {
        if !message.refersToUnknownApplication { try NotifierStore(transaction).setEpoch(epoch, of: stored) }
        switch message {
        case .applicationState(let state):
            try apply(state, epoch: epoch, to: stored, in: transaction)
        case .update(let update):
            var application = stored.application
            let time = min(sentAt ?? transaction.now, transaction.now)
            let change =
                wasBuffered ? application.update(byOlder: update, at: time) : application.update(by: update, at: time)
            try NotifierStore(transaction).save(application, over: stored)
            try announce(change, of: application, in: transaction)
        case .cancel:
            var application = stored.application
            application.isCancelled = true
            try NotifierStore(transaction).save(application, over: stored)
        case .spotStatus(let record):
            // ApplicationService may refuse a response of a volunteer whom it does not know.
            let epoch = record.status == .refused ? 0 : epoch
            try decide(record.userID, about: stored, epoch: epoch, in: transaction) { $0.apply(record) }
        case .response(let response) where response.status == .declined:
            try decide(response.volunteerID, about: stored, epoch: epoch, in: transaction) { $0.leave() }
        case .create, .response, .waiting, .waitingListRecord, .notifyFreeSpot, .notification, .stateComplete,
            .webhookSettings, .webhookEvent, .resend, .streamHead, .streamApplied:
            return
        }
    }

    // MARK: - Load, decide, store

    private func decide(
        _ user: ID, about application: StoredApplication, epoch: Int64, in transaction: LedgerTransaction,
        _ body: (inout NotificationDecision) -> Void
    ) throws {
        let recipient = try NotifierStore(transaction).recipient(user, of: application)
        try decide(recipient, about: application, epoch: epoch, in: transaction, body)
    }

    /// Lets `body` decide about one recipient, and stores the result. A recipient who gets no standing is not stored,
    /// except one who is told of the cancellation: should ApplicationService's file be an older copy later, this user
    /// must be told that the place is kept.
    /// - Parameter epoch: of the stream in which ApplicationService names the recipient; 0 if it does not.
    func decide(
        _ stored: StoredRecipient, about application: StoredApplication, epoch: Int64 = 0,
        in transaction: LedgerTransaction, _ body: (inout NotificationDecision) -> Void
    ) throws {
        let store = NotifierStore(transaction)
        let knownVersion = max(stored.recipient.version, application.application.toldVersion)
        var decision = NotificationDecision(
            application.application, to: stored.recipient,
            knownName: try store.name(of: application, version: knownVersion), now: transaction.now)
        body(&decision)
        let recipient = decision.recipient
        let epoch = max(epoch, stored.epoch)
        let hasChanged =
            recipient != stored.recipient || epoch != stored.epoch || decision.reminders != .unchanged
        if hasChanged, stored.rowID != nil || recipient.standing != .none || decision.tellsCancellation {
            let rowID = try store.save(recipient, over: stored, of: application, epoch: epoch)
            try apply(decision.reminders, for: rowID, of: application.application, in: transaction)
        }
        guard !decision.notifications.isEmpty else { return }
        let preferences = try PreferencesStore(transaction).preferences(of: recipient.user)
        for reason in decision.notifications {
            try publish(
                reason.kind,
                formatter.text(reason, about: application.application, preferences, now: transaction.now),
                to: recipient.user, about: application.application.id, of: application.fund, in: transaction)
        }
    }

    /// Publishes a notification, stores it in the user's inbox, and lets it be delivered to webhook endpoints.
    /// - Parameter fund: whose application it is about; nil if it is unknown.
    func publish(
        _ kind: NotificationKind, _ text: String, to user: ID, about application: ID, of fund: ID?,
        in transaction: LedgerTransaction
    ) throws {
        let notification = UserNotification(
            userID: user, message: text, timestamp: .instant(transaction.now), kind: kind, applicationID: application)
        transaction.publish(
            .notification(notification), exchange: Exchange.notifications, routingKey: user.string)
        let isForWebhooks = try DeliveryTransaction(transaction, notices).add(notification, of: fund)
        try NotificationStore(transaction).insert(
            kind, text, to: user, about: application, isForWebhooks: isForWebhooks)
        transaction.afterCommit { [waiters] in waiters.wake(user) }
        transaction.count(.notified)
    }
}
