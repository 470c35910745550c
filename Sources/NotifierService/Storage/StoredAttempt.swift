import Contracts
import Ledger

/// One attempt of a delivery.
struct StoredAttempt: Hashable {
    let number: Int
    let at: Timestamp
    let duration: Duration
    /// Nil if there was no answer.
    let status: Int?
    /// Why there was no answer.
    let error: String?
    /// The beginning of the answer's body.
    let response: [UInt8]

    /// Columns in the order of the query in `DeliveryStore.swift`.
    init(row: RawRow) throws {
        try row.require(columns: 6)
        number = row.int(0)
        at = row.timestamp(1)
        duration = .milliseconds(row.int64(2))
        status = row.isNull(3) ? nil : row.int(3)
        error = row.optionalText(4)
        response = row.bytes(5)
    }
}
