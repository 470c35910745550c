import ApplicationDomain
import Contracts
import Ledger

/// The webhook settings of callers as rows: for the writer's transaction, and for reads from a snapshot beside it.
struct WebhookStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    /// The settings of a caller; the default ones if there are none.
    func settings(of caller: ExactString) throws -> CallerWebhooks {
        let secret = try source.row("SELECT generation, rotated_at FROM webhook_caller WHERE caller = ?", caller.string)
        {
            (generation: Int($0.int64(0)), rotatedAt: $0.optionalTimestamp(1))
        }
        guard let secret else { return CallerWebhooks(caller: caller) }
        let endpoints = try source.rows(
            "SELECT id, url, events, created_at, enabled_at FROM webhook_endpoint WHERE caller = ? ORDER BY id",
            caller.string, read: CallerEndpoint.init)
        return CallerWebhooks(
            caller: caller, generation: secret.generation, rotatedAt: secret.rotatedAt, endpoints: endpoints)
    }

    /// The names of the next callers who have changed their settings.
    func callers(after caller: ExactString, limit: Int) throws -> [ExactString] {
        try source.rows(
            "SELECT caller FROM webhook_caller WHERE caller > ? ORDER BY caller LIMIT ?", caller.string, limit
        ) { ExactString($0.text(0)) }
    }
}

/// What only the writer's transaction does.
extension WebhookStore where Source == LedgerTransaction {
    /// - Parameter before: the settings as they were read in this transaction.
    func save(_ settings: CallerWebhooks, over before: CallerWebhooks) throws {
        let caller = settings.caller.string
        if settings.isDefault {
            try source.execute("DELETE FROM webhook_caller WHERE caller = ?", caller)
        } else {
            try source.execute(
                """
                INSERT INTO webhook_caller (caller, generation, rotated_at) VALUES (?1, ?2, ?3)
                ON CONFLICT (caller) DO UPDATE SET generation = ?2, rotated_at = ?3
                """, caller, settings.generation, settings.rotatedAt)
        }
        for endpoint in before.endpoints where settings.endpoint(endpoint.id) == nil {
            try source.execute("DELETE FROM webhook_endpoint WHERE id = ?", endpoint.id.description)
        }
        for endpoint in settings.endpoints where before.endpoint(endpoint.id) != endpoint {
            try source.execute(
                """
                INSERT INTO webhook_endpoint (id, caller, url, events, created_at, enabled_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (id) DO UPDATE SET enabled_at = ?6
                """, endpoint.id.description, caller, endpoint.url,
                endpoint.events.map(\.name).joined(separator: " "), endpoint.createdAt, endpoint.enabledAt)
        }
    }
}

extension CallerEndpoint {
    /// - Parameter row: the columns `id`, `url`, `events`, `created_at`, `enabled_at`.
    fileprivate init(_ row: RawRow) throws {
        try row.require(columns: 5)
        let events = try row.text(2).split(separator: " ").map { name in
            guard let type = EventType(name: String(name)) else {
                throw UnknownColumnValue(String(name), meaning: "EventType")
            }
            return type
        }
        self.init(
            id: EndpointID(trusted: row.text(0)), url: row.text(1), events: events, createdAt: row.timestamp(3),
            enabledAt: row.timestamp(4))
    }
}
