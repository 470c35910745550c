package import Contracts
import Foundation
import GRDB

/// A message that could not be understood, or must not be where it came: kept with its reason until somebody decides.
package struct ParkedMessage: Sendable {
    package let id: Int64
    package let at: Timestamp
    package let reason: String
    package let delivery: StoredDelivery

    /// - Parameter withBodies: a list of many does without them, for they can be large.
    static func fetch(_ db: Database, after: Int64, limit: Int, withBodies: Bool) throws -> [ParkedMessage] {
        let body = withBodies ? "body" : "x'' AS body"
        return try Row.fetchAll(
            db, sql: "SELECT id, at, reason, delivery, \(body) FROM parked WHERE id > ? ORDER BY id LIMIT ?",
            arguments: [after, limit]
        ).map(ParkedMessage.init(row:))
    }

    init(row: Row) throws {
        id = row["id"]
        at = Timestamp(milliseconds: row["at"])
        reason = row["reason"]
        delivery = try StoredDelivery(row: row)
    }
}

/// A command that changed nothing, on record with its reason.
package struct RefusedCommand: Sendable {
    package let id: Int64
    package let at: Timestamp
    package let reason: String
    package let action: String
    package let application: String?
    package let volunteer: String?
    package let messageID: String?
}

/// How a stream stands on this side.
package struct StreamStanding: Sendable {
    package enum Direction: Sendable {
        /// `stoppedAt`: the consumer asked in vain for what comes from there on.
        case out(head: Int64, confirmed: Int64, applied: Int64, stoppedAt: Int64?)
        /// `head` beyond `last`: there is a gap.
        case into(last: Int64, head: Int64)
    }

    package let name: String
    package let epoch: Int64
    package let direction: Direction
}
