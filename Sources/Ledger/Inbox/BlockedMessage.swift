package import Contracts
import Foundation
package import GRDB

/// A message that waits in the file: because it failed, or because one of its key before it did.
package struct BlockedMessage: Sendable {
    package let id: Int64
    package let key: String
    package let attempts: Int
    /// Nil while it waits behind another.
    package let due: Timestamp?
    package let reason: String
    package let at: Timestamp
    package let delivery: StoredDelivery

    static let select = "SELECT id, key, attempts, due, reason, at, delivery, body FROM held"
    /// A list of many does without the bodies, for they can be large.
    static let selectWithoutBody = "SELECT id, key, attempts, due, reason, at, delivery, x'' AS body FROM held"

    static func fetch(_ statement: Statement, arguments: StatementArguments) throws -> [BlockedMessage] {
        try Row.fetchAll(statement, arguments: arguments).map { row in
            let due: Int64 = row["due"]
            return BlockedMessage(
                id: row["id"], key: row["key"], attempts: row["attempts"],
                due: due == Int64.max ? nil : Timestamp(milliseconds: due), reason: row["reason"],
                at: Timestamp(milliseconds: row["at"]), delivery: try StoredDelivery(row: row))
        }
    }
}

extension StoredDelivery {
    /// From the columns `delivery`, as JSON, and `body`.
    package init(row: Row) throws {
        self = try JSONDecoder().decode(StoredDelivery.self, from: row["delivery"])
        let bytes: Data = row["body"]
        body = Array(bytes)
    }
}
