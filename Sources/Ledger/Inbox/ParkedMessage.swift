package import Contracts
import GRDB

/// A message that could not be read, was not allowed where it arrived, or failed too often: kept with its reason until
/// an operator retries or discards it.
package struct ParkedMessage: Sendable {
    package let id: Int64
    package let at: Timestamp
    package let reason: String
    package let delivery: StoredDelivery

    static let select = "SELECT id, at, reason, delivery, body FROM parked"
    static let selectWithoutBody = "SELECT id, at, reason, delivery, x'' AS body FROM parked"

    static func fetch(_ statement: Statement, arguments: StatementArguments) throws -> [ParkedMessage] {
        try Row.fetchAll(statement, arguments: arguments).map { row in
            ParkedMessage(
                id: row["id"], at: Timestamp(milliseconds: row["at"]), reason: row["reason"],
                delivery: try StoredDelivery(row: row))
        }
    }
}
