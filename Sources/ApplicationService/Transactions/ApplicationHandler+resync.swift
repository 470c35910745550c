import ApplicationDomain
import Contracts
import Ledger

/// Sends a consumer the state of this partition (contract section 4): to a notifier partition the webhook settings of
/// callers; each application with its members; then the end.
/// Live messages go between the parts. Members who join behind the cursor are in a later part; those who join before it
/// or are changed there are in the live messages, which come after their part.
///
/// A notifier partition is not sent the applications that it has never been sent and that none of its volunteers takes
/// part in.
extension ApplicationHandler {
    /// Another life of the file may have sent messages to any of the consumers, so each is asked what it knows.
    func beginStreams(in transaction: LedgerTransaction) throws {
        let partition = transaction.address.partition
        try transaction.beginStream(to: Address(service: .waitlist, partition: partition))
        for number in 0..<policy.partitions {
            try transaction.beginStream(to: Address(service: .notifier, partition: Partition(number: number)))
        }
    }

    func consumerVerified(_ consumer: Address, in transaction: LedgerTransaction) throws {
        guard consumer.service == .waitlist else { return }
        try SpotTransaction(policy, transaction, events).releaseAnswers()
    }

    /// WaitlistService's file is an older copy, or a new one.
    func producerRenewed(_ producer: Address, in transaction: LedgerTransaction) throws {
        guard producer.service == .waitlist else { return }
        try transaction.resync(producer, isRestored: false)
    }

    /// One step; the key is the consumer's address.
    func sendState(_ job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        guard let consumer = Address(parsing: job.key) else {
            throw UnknownColumnValue(job.key, meaning: "address")
        }
        let store = ApplicationStore(transaction)
        var cursor =
            try ResyncCursor(parsing: job.cursor)
            ?? ResyncCursor(end: store.lastApplication(), caller: consumer.service == .notifier ? "" : nil)
        var rows = 0
        while rows < LedgerTransaction.stepRows {
            if let caller = cursor.caller {
                rows += try sendSettings(to: consumer, &cursor, after: caller, in: transaction)
                continue
            }
            if cursor.member == nil {
                guard let next = try store.application(after: cursor.application, through: cursor.end) else {
                    transaction.emit(.stateComplete(StateComplete(isRestored: job.isOfRestoredFile)), to: consumer)
                    transaction.countStep(rows: rows)
                    return nil
                }
                cursor.application = next
                rows += 1
            }
            rows += try sendPart(
                to: consumer, &cursor, limit: max(1, LedgerTransaction.stepRows - rows),
                isRestored: job.isOfRestoredFile, store)
        }
        transaction.countStep(rows: rows)
        var rest = job
        rest.cursor = cursor.text
        return rest
    }

    /// Sends the webhook settings of the next caller. Returns the number of rows read.
    private func sendSettings(
        to consumer: Address, _ cursor: inout ResyncCursor, after caller: ExactString, in transaction: LedgerTransaction
    ) throws -> Int {
        let store = WebhookStore(transaction)
        cursor.caller = try store.callers(after: caller, limit: 1).first
        guard let next = cursor.caller else { return 0 }
        let settings = try store.settings(of: next)
        transaction.emit(.webhookSettings(settings.message), to: consumer)
        return 1 + settings.endpoints.count
    }

    /// Sends the next part of one application, and moves the cursor behind it. Returns the number of members read.
    private func sendPart(
        to consumer: Address, _ cursor: inout ResyncCursor, limit: Int, isRestored: Bool,
        _ store: ApplicationStore<LedgerTransaction>
    ) throws -> Int {
        let after = cursor.member
        cursor.member = nil
        guard let key = try store.key(of: cursor.application), let cached = try store.cached(key) else { return 0 }
        let application = cached.application
        let isForWaitlist = consumer.service == .waitlist
        // A cancelled application has no waiting list.
        if application.status == .cancelled, isForWaitlist { return 0 }
        let hasMembers = try application.status != .cancelled || isTellingCancellation(of: key, in: store.source)
        let page =
            !hasMembers
            ? []
            : isForWaitlist
                ? try store.waitingMembers(
                    of: cursor.application, after: after.flatMap { Int($0) } ?? Int.min, limit: limit)
                : try store.members(of: cursor.application, after: after ?? "", limit: limit)
        if page.count == limit, let last = page.last {
            cursor.member = isForWaitlist ? last.sequence.map(String.init) : last.volunteer.string
        }
        let members = isForWaitlist ? page : page.filter { $0.isTold(by: consumer, of: policy.partitions) }
        let isKnown = isForWaitlist || cached.notifiers.contains(consumer.partition)
        // Another life of a restored file may have sent the application to any of the notifier partitions.
        if isForWaitlist || !members.isEmpty || after == nil && (isKnown || isRestored) {
            if !isForWaitlist { store.add(notifier: consumer.partition, to: cached) }
            store.source.emit(
                .applicationState(
                    application.state(
                        members, to: consumer.service, isFirst: after == nil || !isKnown,
                        hasMore: cursor.member != nil, isRestored: isRestored, now: store.source.now)),
                to: consumer)
        }
        return page.count
    }

    /// Whether members have yet to be told that the application is cancelled. They are named, so that NotifierService
    /// does not count them among those whom only a lost life of this file knew.
    private func isTellingCancellation(of application: ID, in transaction: LedgerTransaction) throws -> Bool {
        try SpotTransaction(policy, transaction, events).pendingBroadcasts(of: application).contains {
            if case .cancelled = $0 { true } else { false }
        }
    }
}

extension Member {
    fileprivate func isTold(by notifier: Address, of partitions: Int) -> Bool {
        standing != .declined && !toldOfCancellation && Partition.of(volunteer, count: partitions) == notifier.partition
    }
}
