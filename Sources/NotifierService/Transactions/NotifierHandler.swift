import Contracts
import Foundation
import GRDB
import Ledger
import NotifierDomain

/// NotifierService inside a partition's transaction: loads what a message concerns, lets the herald decide what the
/// user is told, and stores the new standing together with the notifications.
struct NotifierHandler: LedgerHandler {
    let wording: NotificationFormatter
    let plan: ReminderPlan
    /// For applications whose create names no zone, which no ApplicationService of ours sends.
    let timeZone: String

    static let reminderTimer = "reminder"
    static let earlyTimer = "early"
    static let earlyWork = "early"
    static let changeWork = "change"
    /// Beyond so many messages in one transaction, those whom a change concerns hear of it in later ones.
    static let emissionLimit = 1000
    /// So many users, or early messages, are looked at in one step.
    static let step = 500
    /// So many notifications may be on their way to the broker when reminders add to them: some 50 ms of its work.
    static let backlogLimit: Int64 = 300
    /// Beyond that so many reminders fire in a transaction, so that they too get on.
    static let timersBesideBacklog = 10
    /// Messages about an application that nobody creates are parked after this time.
    static let earlyRetention: Duration = .seconds(30 * 86_400)

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        guard inbound.producer == .application else {
            return .refused(reason: "only_application_service_sends_this")
        }
        switch inbound.message {
        case .create(let create): try know(create, in: transaction)
        case .update, .cancel, .spotStatus, .response: try hearOrKeep(inbound, in: transaction)
        case .waiting, .waitingListRecord, .notifyFreeSpot, .notification, .resend, .streamHead, .streamApplied:
            return .refused(reason: "not_for_the_notifier")
        }
        return .applied
    }

    /// Each record stands for itself: nothing is owed for one that an operator discarded.
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) {}

    // MARK: - Messages

    private func know(_ create: CreateVolunteerApplication, in transaction: LedgerTransaction) throws {
        let store = NotifierStore(db: transaction.db)
        let early = BufferedMessageStore(db: transaction.db)
        let id = create.applicationID
        if try store.application(id) != nil { return }
        let details = ApplicationSnapshot.Details(
            name: create.name, date: create.date, startTime: create.startTime, endTime: create.endTime,
            timeZone: create.timeZone ?? timeZone)
        let hasEarly = try early.isAny(of: id)
        // Of an application that is cancelled by now, what waited is not told any more.
        let application = ApplicationSnapshot(id: id, details: details, isCancelled: try early.isCancelled(id))
        _ = try store.insert(application, hasEarly: hasEarly)
        guard hasEarly else { return }
        try transaction.cancelTimer(kind: Self.earlyTimer, key: id.string)
        if let rest = try catchUp(LedgerJob(kind: Self.earlyWork, key: id.string), in: transaction) {
            try transaction.start(rest)
        }
    }

    /// What comes early waits; what comes while others still wait, waits behind them.
    private func hearOrKeep(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        guard let id = inbound.message.applicationID else { return }
        let stored = try NotifierStore(db: transaction.db).application(id)
        if let stored, !stored.hasEarly {
            return try hear(inbound.message, sentAt: inbound.delivery.time, about: stored, in: transaction)
        }
        if stored == nil, case .spotStatus(let record) = inbound.message, record.isAboutNothing {
            return tell(
                record.userID, .refused, wording.unknownApplication(id), about: id, in: transaction)
        }
        let isCancel = inbound.message.action == .cancel
        try BufferedMessageStore(db: transaction.db).insert(inbound.delivery, isCancel: isCancel, of: id)
        guard stored == nil else { return }
        let giveUp = transaction.now.advanced(by: Self.earlyRetention)
        try transaction.schedule(LedgerTimer(kind: Self.earlyTimer, key: id.string, due: giveUp))
    }

    private func hear(
        _ message: Message, sentAt: Timestamp?, about stored: NotifierStore.StoredApplication,
        in transaction: LedgerTransaction
    ) throws {
        let store = NotifierStore(db: transaction.db)
        switch message {
        case .update(let update):
            var application = stored.application
            let time = min(sentAt ?? transaction.now, transaction.now)
            guard application.update(by: update, at: time) else { return }
            try store.save(application, over: stored)
            try transaction.cancelJobs(kind: Self.changeWork, key: application.id.string)
            let work = LedgerJob(kind: Self.changeWork, key: application.id.string)
            // At once where few are concerned, so that they hear of each change; but not for each of very many.
            let rest = transaction.emitted < Self.emissionLimit ? try tellOfChange(work, in: transaction) : work
            if let rest { try transaction.start(rest) }
        case .cancel:
            var application = stored.application
            application.isCancelled = true
            try store.save(application, over: stored)
        case .spotStatus(let record):
            try decide(record.userID, about: stored, in: transaction) { $0.hear(record) }
        case .response(let response) where response.status == .declined:
            try decide(response.volunteerID, about: stored, in: transaction) { $0.leave() }
        case .create, .response, .waiting, .waitingListRecord, .notifyFreeSpot, .notification, .resend, .streamHead,
            .streamApplied:
            return
        }
    }

    // MARK: - What every decision ends with

    private func decide(
        _ user: ID, about stored: NotifierStore.StoredApplication, in transaction: LedgerTransaction,
        _ body: (inout NotificationDecision) -> Void
    ) throws {
        let audience = try NotifierStore(db: transaction.db).audience(user, of: stored)
        try decide(audience, about: stored, in: transaction, body)
    }

    private func decide(
        _ known: NotifierStore.StoredRecipient, about stored: NotifierStore.StoredApplication,
        in transaction: LedgerTransaction, _ body: (inout NotificationDecision) -> Void
    ) throws {
        let store = NotifierStore(db: transaction.db)
        var herald = NotificationDecision(
            stored.application, to: known.audience,
            knownName: try store.name(of: stored, edition: known.audience.edition))
        body(&herald)
        let isNews = herald.audience != known.audience || herald.reminders != .leave
        if isNews, known.rowID != nil || herald.audience.standing != .none {
            let rowID = try store.save(herald.audience, over: known, of: stored)
            try follow(herald.reminders, for: rowID, of: stored.application, in: transaction)
        }
        for occasion in herald.occasions {
            tell(
                herald.audience.user, occasion.kind,
                wording.text(occasion, about: stored.application, now: transaction.now),
                about: stored.application.id, in: transaction)
        }
    }

    private func tell(
        _ user: ID, _ kind: NotificationKind, _ text: String, about application: ID, in transaction: LedgerTransaction
    ) {
        let notification = UserNotification(
            userID: user, message: text, timestamp: .instant(transaction.now), kind: kind, applicationID: application)
        transaction.publish(
            .notification(notification), exchange: Exchange.notifications, routingKey: user.string)
        transaction.count(.notified)
    }

    // MARK: - Reminders

    /// A reminder may be outdated by what was said while nobody listened, so all of that is read first. And reminders
    /// go out through the same lane as all else that users hear: were 100,000 of them ahead, an offer would wait for
    /// them all.
    func timerLimit(in transaction: LedgerTransaction) -> Int {
        guard transaction.isCaughtUp else { return 0 }
        guard transaction.backlog(at: Exchange.notifications) > Self.backlogLimit else { return .max }
        return transaction.hasNewConfirms ? Self.timersBesideBacklog : 0
    }

    private func follow(
        _ order: NotificationDecision.ReminderOrder, for audience: Int64, of application: ApplicationSnapshot,
        in transaction: LedgerTransaction
    ) throws {
        guard order != .leave else { return }
        var ahead: [ISODuration: Timestamp] = [:]
        if case .plan(let time) = order {
            for (lead, due) in plan.ahead(of: application, notBefore: time) { ahead[lead] = due }
        }
        let store = NotifierStore(db: transaction.db)
        for lead in plan.leads {
            let key = ReminderKey(audience: audience, lead: lead).text
            if let due = ahead[lead],
                try !store.isDone(lead, for: audience, startsAt: application.startsAt)
            {
                try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key, due: due))
            } else {
                try transaction.cancelTimer(kind: Self.reminderTimer, key: key)
            }
        }
    }

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        switch timer.kind {
        case Self.reminderTimer: try remind(ReminderKey(parsing: timer.key), in: transaction)
        default: try giveUp(.trusted(timer.key), in: transaction)
        }
    }

    private func remind(_ key: ReminderKey, in transaction: LedgerTransaction) throws {
        let store = NotifierStore(db: transaction.db)
        // One of earlier settings is not wanted any more.
        guard plan.leads.contains(key.lead) else { return }
        guard let (known, applicationID) = try store.audience(rowID: key.audience),
            known.audience.standing == .confirmed,
            let stored = try store.application(rowID: applicationID), !stored.application.isCancelled
        else { return }
        let application = stored.application
        guard try !store.isDone(key.lead, for: key.audience, startsAt: application.startsAt) else { return }
        let verdict = ReminderPlan.verdict(on: key.lead, of: application, now: transaction.now)
        if case .wait(let due) = verdict {
            return try transaction.schedule(LedgerTimer(kind: Self.reminderTimer, key: key.text, due: due))
        }
        // Somebody who is owed a change hears of it first.
        try decide(known, about: stored, in: transaction) { herald in
            herald.settle()
            if verdict == .send { herald.remind() }
        }
        try store.note(
            key.lead, for: key.audience, startsAt: application.startsAt, isMissed: verdict == .missed,
            at: transaction.now)
        transaction.count(verdict == .missed ? .missed : .reminded)
    }

    // MARK: - Long work

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        job.kind == Self.earlyWork
            ? try catchUp(job, in: transaction) : try tellOfChange(job, in: transaction)
    }

    /// Tells those whom the application concerns of its change, each once, and moves their reminders.
    private func tellOfChange(_ work: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let store = NotifierStore(db: transaction.db)
        guard let stored = try store.application(.trusted(work.key)), !stored.application.isCancelled else {
            return nil
        }
        let page = try store.audiences(of: stored, after: Int64(work.cursor) ?? 0, limit: Self.step)
        for known in page {
            try decide(known, about: stored, in: transaction) { $0.settle() }
        }
        guard page.count == Self.step, let last = page.last?.rowID else { return nil }
        var rest = work
        rest.cursor = String(last)
        return rest
    }

    /// Tells what waited for the create, in the order it came.
    private func catchUp(_ work: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let id = ID.trusted(work.key)
        let early = BufferedMessageStore(db: transaction.db)
        let page = try early.take(of: id, limit: Self.step)
        for item in page {
            guard let stored = try NotifierStore(db: transaction.db).application(id) else { return nil }
            try hear(
                try Message(parsing: item.delivery.body), sentAt: item.delivery.time, about: stored, in: transaction)
        }
        if page.count == Self.step { return work }
        try early.finish(id)
        return nil
    }

    /// Nobody has created the application: what was said of it is put aside, where an operator sees it.
    private func giveUp(_ application: ID, in transaction: LedgerTransaction) throws {
        let early = BufferedMessageStore(db: transaction.db)
        guard try NotifierStore(db: transaction.db).application(application) == nil else { return }
        let page = try early.take(of: application, limit: Self.step)
        for item in page {
            try transaction.park(item.delivery, reason: "no create of its application came within 30 days")
            transaction.count(.parked)
            transaction.count(.applied, -1)
        }
        guard page.count == Self.step else { return }
        try transaction.schedule(
            LedgerTimer(kind: Self.earlyTimer, key: application.string, due: transaction.now))
    }
}

extension SpotStatusRecord {
    /// A response to an application that nobody knows: no create will come.
    fileprivate var isAboutNothing: Bool { status == .refused && reason == "unknown_application" }
}

extension StoredDelivery {
    /// When it was sent, if it says so.
    fileprivate var time: Timestamp? { sentAt.map { Timestamp(date: Date(timeIntervalSince1970: Double($0))) } }
}
