import Contracts
import Ledger

/// A notification about an application, as those see it who may see whom it was sent to.
struct SentNotification: Sendable, Hashable {
    let user: ID
    let notification: StoredNotification
    /// Whether webhook endpoints receive it, besides the inbox and the exchange `notifications`.
    let isForWebhooks: Bool
}

extension SentNotification {
    /// - Parameter row: the columns of ``StoredNotification``, then `user`, `for_webhooks`.
    init(row: RawRow) throws {
        try row.require(columns: 8)
        self.init(
            user: .trusted(row.text(6)), notification: try StoredNotification(columns: row),
            isForWebhooks: row.bool(7))
    }
}
