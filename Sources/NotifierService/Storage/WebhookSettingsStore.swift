import Contracts
import Ledger
import NotifierDomain

/// What ApplicationService has said of callers: signing secrets and webhook endpoints. Writes work only in the writer's
/// transaction.
struct WebhookSettingsStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    func endpoint(_ id: String) throws -> StoredEndpoint? {
        try source.row(
            """
            SELECT id, caller, url, events, enabled_at, failing_since, failing_since_served, disabled_at, reason
            FROM webhook_endpoint WHERE id = ?
            """, id, read: StoredEndpoint.init(row:))
    }

    func endpoints(of caller: String) throws -> [StoredEndpoint] {
        try source.rows(
            """
            SELECT id, caller, url, events, enabled_at, failing_since, failing_since_served, disabled_at, reason
            FROM webhook_endpoint WHERE caller = ? ORDER BY id
            """, caller, read: StoredEndpoint.init(row:))
    }

    /// Those of all services.
    func serviceEndpoints() throws -> [StoredEndpoint] {
        try source.rows(
            """
            SELECT id, caller, url, events, enabled_at, failing_since, failing_since_served, disabled_at, reason
            FROM webhook_endpoint WHERE is_service = 1 ORDER BY id
            """, read: StoredEndpoint.init(row:))
    }
}

extension WebhookSettingsStore where Source == LedgerTransaction {
    /// Replaces the settings of a caller. Endpoints that remain keep their health, unless they were enabled again.
    func replace(_ settings: WebhookSettings, from producer: Address, epoch: Int64) throws {
        try source.execute(
            """
            INSERT INTO webhook_caller (name, generation, rotated_at, producer, epoch) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (name) DO UPDATE SET generation = ?2, rotated_at = ?3, producer = ?4, epoch = ?5
            """, settings.caller, settings.generation, settings.rotatedAt, producer.name, epoch)
        let kept = Set(settings.endpoints.map(\.endpointID))
        let known = try endpoints(of: settings.caller)
        for stored in known where !kept.contains(stored.endpoint.endpointID) {
            try source.execute("DELETE FROM webhook_endpoint WHERE id = ?", stored.endpoint.endpointID)
        }
        for endpoint in settings.endpoints {
            try save(endpoint, of: settings.caller, over: known.first { $0.endpoint.endpointID == endpoint.endpointID })
        }
    }

    private func save(_ endpoint: WebhookEndpoint, of caller: String, over stored: StoredEndpoint?) throws {
        guard stored?.endpoint != endpoint else { return }
        let isService = caller == "service" || caller.hasPrefix("service:")
        try source.execute(
            """
            INSERT INTO webhook_endpoint (id, caller, is_service, url, events, enabled_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (id) DO UPDATE SET caller = ?2, is_service = ?3, url = ?4, events = ?5, enabled_at = ?6
            """, endpoint.endpointID, caller, isService, endpoint.url, endpoint.events.joined(separator: " "),
            endpoint.enabledAt)
        guard let stored, endpoint.enabledAt > stored.endpoint.enabledAt else { return }
        var health = stored.health
        health.enable()
        try save(health, of: endpoint.endpointID)
    }

    func save(_ health: EndpointHealth, of endpoint: String) throws {
        try source.execute(
            """
            UPDATE webhook_endpoint
            SET failing_since = ?, failing_since_served = ?, disabled_at = ?, reason = ? WHERE id = ?
            """, health.failingSince, health.failingSinceServed, health.disabledAt, health.reason?.rawValue, endpoint)
    }

    /// Drops callers of whom the producer last spoke in an earlier epoch, at most `limit`. Returns the number dropped.
    func dropUnknown(of producer: Address, before epoch: Int64, limit: Int) throws -> Int {
        let names = try source.rows(
            "SELECT name FROM webhook_caller WHERE producer = ? AND epoch < ? LIMIT ?", producer.name, epoch, limit
        ) { $0.text(0) }
        for name in names {
            try source.execute("DELETE FROM webhook_endpoint WHERE caller = ?", name)
            try source.execute("DELETE FROM webhook_caller WHERE name = ?", name)
        }
        return names.count
    }
}
