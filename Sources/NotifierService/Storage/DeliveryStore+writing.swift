import Contracts
import Ledger
import NotifierDomain

extension DeliveryStore where Source == LedgerTransaction {
    /// How long a delivery is kept after it has ended, unless `RETENTION` is shorter.
    static var retention: Duration { .seconds(30 * 86_400) }
    /// The attempts that are kept of each delivery; a caller may retry it again and again.
    static var keptAttempts: Int { 20 }

    /// Stores a delivery, unless the event was stored for the same receiver before. Returns its row id, or nil.
    func insert(_ delivery: NewDelivery) throws -> Int64? {
        let progress = delivery.progress
        let endedServed = progress.due == nil ? source.servedNow : nil
        return try source.row(
            """
            INSERT INTO webhook_delivery (event, caller, endpoint, type, url, host, body, created_at, state, attempts,
                step, due, is_forced, last_status, last_error, ended_served)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id
            """, delivery.event, delivery.caller, delivery.endpoint ?? "", delivery.type, delivery.url,
            ReceiverHost.key(of: delivery.url), delivery.body, source.now, progress.state.rawValue, progress.attempts,
            progress.step, progress.due, progress.isForced, progress.lastStatus, progress.lastError, endedServed
        ) { $0.int64(0) }
    }

    func save(_ progress: DeliveryProgress, of rowID: Int64) throws {
        try source.execute(
            """
            UPDATE webhook_delivery SET state = ?, attempts = ?, step = ?, due = ?, is_forced = ?, last_status = ?,
                last_error = ?, ended_served = ?
            WHERE id = ?
            """, progress.state.rawValue, progress.attempts, progress.step, progress.due, progress.isForced,
            progress.lastStatus, progress.lastError, progress.due == nil ? source.servedNow : nil, rowID)
    }

    /// Records an attempt, and drops one that is too old to be kept.
    func insertAttempt(
        _ number: Int, of rowID: Int64, at time: Timestamp, took duration: Duration,
        _ outcome: AttemptOutcome
    ) throws {
        var status: Int?
        var error: String?
        var response: [UInt8] = []
        switch outcome {
        case .answered(let answer, _, let body):
            status = answer
            response = Array(body.prefix(AttemptOutcome.maxBody))
        case .failed(let failure): error = failure.rawValue
        }
        try source.execute(
            """
            INSERT INTO webhook_attempt (delivery, number, at, duration, status, error, response)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, rowID, number, time, Int64(duration / .milliseconds(1)), status, error, response)
        guard number > Self.keptAttempts else { return }
        try source.execute(
            "DELETE FROM webhook_attempt WHERE delivery = ? AND number <= ?", rowID, number - Self.keptAttempts)
    }

    /// An endpoint's deliveries in a state, the oldest first, from a position on.
    func deliveries(
        of endpoint: String, in state: DeliveryProgress.State, from position: DeliveryPosition, limit: Int
    ) throws -> [StoredWebhookDelivery] {
        try source.rows(
            """
            SELECT id, event, caller, endpoint, type, host, created_at, state, attempts, step, due, is_forced,
                last_status, last_error
            FROM webhook_delivery
            WHERE endpoint = ? AND endpoint <> '' AND state = ? AND (created_at, id) >= (?, ?)
            ORDER BY created_at, id LIMIT ?
            """, endpoint, state.rawValue, position.createdAt, position.rowID, limit,
            read: StoredWebhookDelivery.init(row:))
    }

    /// Deliveries that are due after a time, the first of them.
    func due(after time: Timestamp, limit: Int) throws -> [StoredWebhookDelivery] {
        try source.rows(
            """
            SELECT id, event, caller, endpoint, type, host, created_at, state, attempts, step, due, is_forced,
                last_status, last_error
            FROM webhook_delivery WHERE due IS NOT NULL AND due > ? ORDER BY due LIMIT ?
            """, time, limit, read: StoredWebhookDelivery.init(row:))
    }

    /// Deletes deliveries that have ended too long ago, with their attempts. Returns the number deleted, at most
    /// `limit`.
    func deleteOld(limit: Int) throws -> Int {
        let retention = min(Self.retention, source.retention ?? Self.retention)
        let old = try source.rows(
            """
            SELECT id FROM webhook_delivery WHERE ended_served IS NOT NULL AND ended_served <= ?
            ORDER BY ended_served LIMIT ?
            """, source.servedNow.advanced(by: .zero - retention), limit
        ) { $0.int64(0) }
        for rowID in old {
            try source.execute("DELETE FROM webhook_attempt WHERE delivery = ?", rowID)
            try source.execute("DELETE FROM webhook_delivery WHERE id = ?", rowID)
        }
        return old.count
    }
}
