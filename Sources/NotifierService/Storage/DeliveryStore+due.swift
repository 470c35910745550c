import Contracts
import Ledger

/// What the dispatcher reads.
extension DeliveryStore {
    /// The first deliveries to a host that are due, in order.
    func due(to host: String, at now: Timestamp, limit: Int) throws -> [DueDelivery] {
        try source.rows(
            """
            SELECT d.id, d.event, d.caller, d.url, d.body, d.attempts, coalesce(c.generation, 0), c.rotated_at,
                d.endpoint <> '' AND (e.id IS NULL OR e.disabled_at IS NOT NULL AND NOT d.is_forced)
            FROM webhook_delivery AS d
            LEFT JOIN webhook_caller AS c ON c.name = d.caller
            LEFT JOIN webhook_endpoint AS e ON e.id = d.endpoint
            WHERE d.host = ? AND d.due IS NOT NULL AND d.due <= ? ORDER BY d.due, d.id LIMIT ?
            """, host, now, limit, read: DueDelivery.init(row:))
    }

    /// When the next delivery to a host is due after a time; nil if there is none.
    func nextDue(to host: String, after time: Timestamp) throws -> Timestamp? {
        try source.row(
            """
            SELECT due FROM webhook_delivery WHERE host = ? AND due IS NOT NULL AND due > ? ORDER BY due LIMIT 1
            """, host, time
        ) { $0.timestamp(0) }
    }

    /// The hosts with pending deliveries after one in alphabetical order, each with the time when the first is due.
    /// - Parameter limit: each host takes one query.
    func hosts(after host: String, limit: Int) throws -> [(host: String, due: Timestamp)] {
        var hosts: [(host: String, due: Timestamp)] = []
        var last = host
        while hosts.count < limit {
            let next = try source.row(
                """
                SELECT host, due FROM webhook_delivery WHERE host > ? AND due IS NOT NULL ORDER BY host, due LIMIT 1
                """, last
            ) { (host: $0.text(0), due: $0.timestamp(1)) }
            guard let next else { break }
            hosts.append(next)
            last = next.host
        }
        return hosts
    }
}
