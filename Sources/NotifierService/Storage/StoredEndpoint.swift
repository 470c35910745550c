import Contracts
import Ledger
import NotifierDomain

/// A webhook endpoint with its health, as read from its row.
struct StoredEndpoint: Hashable {
    let caller: String
    let endpoint: WebhookEndpoint
    let health: EndpointHealth
}

extension StoredEndpoint {
    /// Columns in the order of the queries in `WebhookSettingsStore.swift`.
    init(row: RawRow) throws {
        try row.require(columns: 9)
        caller = row.text(1)
        endpoint = WebhookEndpoint(
            endpointID: row.text(0), url: row.text(2),
            events: row.text(3).split(separator: " ").map(String.init), enabledAt: row.timestamp(4))
        health = EndpointHealth(
            failingSince: row.optionalTimestamp(5), failingSinceServed: row.optionalTimestamp(6),
            disabledAt: row.optionalTimestamp(7), reason: row.isNull(8) ? nil : try row.word(8))
    }
}
