import Contracts
import Ledger
import NotifierDomain

/// The deliveries of events and their attempts. Writes work only in the writer's transaction
/// (`DeliveryStore+writing.swift`).
struct DeliveryStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    func delivery(_ rowID: Int64) throws -> StoredWebhookDelivery? {
        try source.row(
            """
            SELECT id, event, caller, endpoint, type, host, created_at, state, attempts, step, due, is_forced,
                last_status, last_error
            FROM webhook_delivery WHERE id = ?
            """, rowID, read: StoredWebhookDelivery.init(row:))
    }

    /// The delivery of an event to the callback of its command.
    func callback(of event: String) throws -> StoredWebhookDelivery? {
        try source.row(
            """
            SELECT id, event, caller, endpoint, type, host, created_at, state, attempts, step, due, is_forced,
                last_status, last_error
            FROM webhook_delivery WHERE event = ? AND endpoint = ''
            """, event, read: StoredWebhookDelivery.init(row:))
    }

    /// The body of a delivery.
    func body(of rowID: Int64) throws -> [UInt8] {
        try source.row("SELECT body FROM webhook_delivery WHERE id = ?", rowID) { $0.bytes(0) } ?? []
    }

    /// The attempts that are kept of a delivery, in order.
    func attempts(of rowID: Int64) throws -> [StoredAttempt] {
        try source.rows(
            """
            SELECT number, at, duration, status, error, response FROM webhook_attempt
            WHERE delivery = ? ORDER BY number
            """, rowID, read: StoredAttempt.init(row:))
    }

    /// An endpoint's deliveries in a state, the newest first.
    /// - Parameter position: the page begins after it.
    func deliveries(
        of endpoint: String, in state: DeliveryProgress.State, after position: DeliveryPosition, limit: Int
    ) throws -> [StoredWebhookDelivery] {
        try source.rows(
            """
            SELECT id, event, caller, endpoint, type, host, created_at, state, attempts, step, due, is_forced,
                last_status, last_error
            FROM webhook_delivery
            WHERE endpoint = ? AND endpoint <> '' AND state = ? AND (created_at, id) < (?, ?)
            ORDER BY created_at DESC, id DESC LIMIT ?
            """, endpoint, state.rawValue, position.createdAt, position.rowID, limit,
            read: StoredWebhookDelivery.init(row:))
    }

    /// When the delivery that has waited longest was due; nil if none is pending.
    func oldestDue() throws -> Timestamp? {
        try source.row(
            "SELECT due FROM webhook_delivery WHERE due IS NOT NULL AND due > ? ORDER BY due LIMIT 1",
            Timestamp.earliest
        ) {
            $0.timestamp(0)
        }
    }
}
