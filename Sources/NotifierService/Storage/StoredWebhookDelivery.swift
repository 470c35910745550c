import Contracts
import Ledger
import NotifierDomain

/// A delivery as read from its row, without its body.
struct StoredWebhookDelivery: Hashable {
    let rowID: Int64
    let event: String
    let caller: String
    /// Empty for the callback of a command.
    let endpoint: String
    let type: String
    let host: String
    let createdAt: Timestamp
    var progress: DeliveryProgress
}

extension StoredWebhookDelivery {
    /// Columns in the order of the queries in `DeliveryStore.swift`.
    init(row: RawRow) throws {
        try row.require(columns: 14)
        rowID = row.int64(0)
        event = row.text(1)
        caller = row.text(2)
        endpoint = row.text(3)
        type = row.text(4)
        host = row.text(5)
        createdAt = row.timestamp(6)
        progress = DeliveryProgress(
            state: try row.word(7), attempts: row.int(8), step: row.int(9), due: row.optionalTimestamp(10),
            isForced: row.bool(11), lastStatus: row.isNull(12) ? nil : row.int(12), lastError: row.optionalText(13))
    }
}
