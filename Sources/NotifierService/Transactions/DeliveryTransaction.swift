import Contracts
import Ledger
import NotifierDomain
import Webhooks

/// Everything that changes deliveries in a transaction: rows, counters, and what the dispatcher is told.
struct DeliveryTransaction {
    private let transaction: LedgerTransaction
    private let notices: DeliveryNotices
    private let store: DeliveryStore<LedgerTransaction>

    init(_ transaction: LedgerTransaction, _ notices: DeliveryNotices) {
        self.transaction = transaction
        self.notices = notices
        store = DeliveryStore(transaction)
    }

    // MARK: - New deliveries

    /// A delivery for the callback, and one for each endpoint of the caller that receives the event. An event that was
    /// applied before makes no second one.
    func add(_ event: WebhookEvent) throws {
        let body = EventBody.encoded(event)
        if let url = event.url {
            try add(
                NewDelivery(
                    event: event.webhookID, caller: event.caller, endpoint: nil, type: event.type, url: url, body: body,
                    progress: DeliveryProgress(at: transaction.now)))
        }
        let endpoints = try WebhookSettingsStore(transaction).endpoints(of: event.caller)
        try add(event.webhookID, event.type, body, to: endpoints)
    }

    /// A delivery for each endpoint that receives the notifications of the fund's applications.
    /// - Parameter fund: nil if it is unknown; then only services receive it.
    /// - Returns: whether it will be posted to an endpoint.
    func add(_ notification: UserNotification, of fund: ID?) throws -> Bool {
        guard let kind = notification.kind else { return false }
        let settings = WebhookSettingsStore(transaction)
        let ofFund = try fund.map { try settings.endpoints(of: "fund:\($0.string)") } ?? []
        let endpoints = ofFund + (try settings.serviceEndpoints())
        guard !endpoints.isEmpty else { return false }
        let type = EventBody.type(of: kind)
        let body = EventBody.encoded(
            type: type, timestamp: transaction.now, data: Message.notification(notification).encoded())
        let (high, low) = transaction.random()
        let event = "\(transaction.address.partition.name)-\(Hexadecimal.digits(high))\(Hexadecimal.digits(low))"
        return try add(event, type, body, to: endpoints)
    }

    /// - Returns: whether a delivery is pending.
    @discardableResult
    private func add(
        _ event: String, _ type: String, _ body: [UInt8], to endpoints: [StoredEndpoint]
    ) throws -> Bool {
        var isPending = false
        for stored in endpoints where stored.endpoint.receives(type) {
            let now = transaction.now
            try add(
                NewDelivery(
                    event: event, caller: stored.caller, endpoint: stored.endpoint.endpointID, type: type,
                    url: stored.endpoint.url, body: body,
                    progress: stored.health.isDisabled
                        ? DeliveryProgress(skippedAt: now) : DeliveryProgress(at: now)))
            if !stored.health.isDisabled { isPending = true }
        }
        return isPending
    }

    /// The delivery by which the caller tries an endpoint, also a disabled one. Returns its row id.
    func addTest(of stored: StoredEndpoint) throws -> Int64? {
        let (high, low) = transaction.random()
        let id = stored.endpoint.endpointID
        return try add(
            NewDelivery(
                event: "test-\(Hexadecimal.digits(high))\(Hexadecimal.digits(low))", caller: stored.caller,
                endpoint: id, type: EventBody.testType, url: stored.endpoint.url,
                body: EventBody.test(of: id, at: transaction.now),
                progress: DeliveryProgress(at: transaction.now, isForced: true)))
    }

    @discardableResult
    private func add(_ delivery: NewDelivery) throws -> Int64? {
        guard let rowID = try store.insert(delivery) else { return nil }
        count(nil, delivery.progress.state)
        tell(ReceiverHost.key(of: delivery.url), delivery.progress.due)
        return rowID
    }

    // MARK: - Attempts

    /// Records an attempt. A delivery that was changed otherwise since it began stays as it is.
    /// - Returns: the id of an endpoint that is disabled by it.
    func record(_ result: AttemptResult, schedule: RetrySchedule) throws -> String? {
        guard var delivery = try store.delivery(result.rowID), delivery.progress.state == .pending,
            delivery.progress.attempts == result.number - 1
        else { return nil }
        let before = delivery
        delivery.progress.record(
            result.outcome, at: transaction.now, schedule: schedule, random: result.random)
        try store.insertAttempt(
            result.number, of: result.rowID, at: result.startedAt, took: result.duration, result.outcome)
        transaction.count(.webhookAttempts)
        try save(delivery, over: before)
        guard !delivery.endpoint.isEmpty else { return nil }
        let settings = WebhookSettingsStore(transaction)
        guard let stored = try settings.endpoint(delivery.endpoint) else { return nil }
        var health = stored.health
        health.record(result.outcome, at: transaction.now, servedNow: transaction.servedNow)
        if health != stored.health { try settings.save(health, of: delivery.endpoint) }
        return health.isDisabled && !stored.health.isDisabled ? delivery.endpoint : nil
    }

    /// Ends a delivery whose endpoint is disabled or deleted.
    func endBarred(_ rowID: Int64) throws {
        guard var delivery = try store.delivery(rowID), delivery.progress.state == .pending else { return }
        let before = delivery
        let endpoint = try WebhookSettingsStore(transaction).endpoint(delivery.endpoint)
        if endpoint == nil {
            delivery.progress.abandon()
        } else if endpoint?.health.isDisabled == true, !delivery.progress.isForced {
            delivery.progress.skip()
        }
        // Otherwise it was enabled since.
        try save(delivery, over: before)
    }

    // MARK: - Replays

    /// Begins the schedule again with an attempt at once.
    /// - Parameter isForced: whether the attempt is made even if the endpoint is disabled.
    func replay(_ delivery: StoredWebhookDelivery, isForced: Bool) throws -> StoredWebhookDelivery {
        var replayed = delivery
        replayed.progress.replay(at: transaction.now, isForced: isForced)
        try save(replayed, over: delivery)
        return replayed
    }

    /// Moves deliveries that are due later than the schedule allows to the latest time. Returns their number, at most
    /// `limit`.
    func moveUp(to latest: Timestamp, limit: Int) throws -> Int {
        let late = try store.due(after: latest, limit: limit)
        for delivery in late {
            var moved = delivery
            moved.progress.moveUp(to: latest)
            try save(moved, over: delivery)
        }
        return late.count
    }

    private func save(_ delivery: StoredWebhookDelivery, over before: StoredWebhookDelivery) throws {
        if delivery.progress != before.progress { try store.save(delivery.progress, of: delivery.rowID) }
        count(before.progress.state, delivery.progress.state)
        tell(delivery.host, delivery.progress.due)
    }

    private func count(_ before: DeliveryProgress.State?, _ after: DeliveryProgress.State) {
        guard before != after else { return }
        if before == .pending { transaction.count(.webhookPending, -1) }
        switch after {
        case .pending: transaction.count(.webhookPending)
        case .delivered: transaction.count(.webhookDelivered)
        case .failed: transaction.count(.webhookFailed)
        case .skipped: transaction.count(.webhookSkipped)
        }
    }

    private func tell(_ host: String, _ due: Timestamp?) {
        guard let due else { return }
        let source = DeliverySource(host: host, partition: transaction.address.partition)
        transaction.afterCommit { [notices] in notices.add(source, due: due) }
    }
}
