import Contracts
import Ledger

/// A delivery that is due, with what its attempt needs.
struct DueDelivery: Sendable, Hashable {
    let rowID: Int64
    let event: String
    let caller: String
    let url: String
    let body: [UInt8]
    let attempts: Int
    /// How many times the caller's signing secret was rotated, and when last.
    let generation: Int
    let rotatedAt: Timestamp?
    /// Whether there is to be no attempt, because the endpoint is disabled or deleted.
    let isBarred: Bool
}

extension DueDelivery {
    /// Columns in the order of the query in `DeliveryStore+due.swift`.
    init(row: RawRow) throws {
        try row.require(columns: 9)
        rowID = row.int64(0)
        event = row.text(1)
        caller = row.text(2)
        url = row.text(3)
        body = row.bytes(4)
        attempts = row.int(5)
        generation = row.int(6)
        rotatedAt = row.optionalTimestamp(7)
        isBarred = row.bool(8)
    }
}
