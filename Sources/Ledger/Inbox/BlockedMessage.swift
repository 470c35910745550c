package import Contracts
import GRDB

/// A message that waits in the file for a retry: it failed, or an earlier message with the same key did.
package struct BlockedMessage: Sendable {
    package let id: Int64
    package let key: ExactString
    package let attempts: Int
    /// When it is retried; nil while an earlier message with the same key is blocked.
    package let due: Timestamp?
    package let reason: String
    package let at: Timestamp
    package let delivery: StoredDelivery

    static let select = "SELECT id, key, attempts, due, reason, at, delivery, body FROM blocked"
    static let selectWithoutBody = "SELECT id, key, attempts, due, reason, at, delivery, x'' AS body FROM blocked"

    static func fetch(_ statement: Statement, arguments: StatementArguments) throws -> [BlockedMessage] {
        try Row.fetchAll(statement, arguments: arguments).map { row in
            let due: Int64 = row["due"]
            return BlockedMessage(
                id: row["id"], key: ExactString(row["key"]), attempts: row["attempts"],
                due: due == Int64.max ? nil : Timestamp(milliseconds: due), reason: row["reason"],
                at: Timestamp(milliseconds: row["at"]), delivery: try StoredDelivery(row: row))
        }
    }
}
