import Contracts
import Foundation
import GRDB
import Ledger

/// Messages about applications whose create has not come yet, in the order they came.
struct BufferedMessageStore {
    private let transaction: LedgerTransaction
    private var db: Database { transaction.db }

    init(_ transaction: LedgerTransaction) {
        self.transaction = transaction
    }

    func insert(_ delivery: StoredDelivery, isCancel: Bool, of application: ID) throws {
        try db.cachedStatement(
            sql: "INSERT INTO early (application, is_cancel, delivery, body) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [
            application.string, isCancel, try JSONEncoder().encode(delivery), Data(delivery.body),
        ])
    }

    func hasAny(of application: ID) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM early WHERE application = ?)"),
            arguments: [application.string]) ?? false
    }

    /// Whether one of the messages is a cancel.
    func hasCancel(of application: ID) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM early WHERE application = ? AND is_cancel)"),
            arguments: [application.string]) ?? false
    }

    /// The oldest messages, at most `limit`, with their row ids.
    func messages(of application: ID, limit: Int) throws -> [(rowID: Int64, delivery: StoredDelivery)] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT id, delivery, body FROM early WHERE application = ? ORDER BY id LIMIT ?"),
            arguments: [application.string, limit]
        ).map { (rowID: $0["id"] as Int64, delivery: try StoredDelivery(row: $0)) }
    }

    /// Removes the messages up to a row id.
    func remove(of application: ID, through rowID: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM early WHERE application = ? AND id <= ?")
            .execute(arguments: [application.string, rowID])
    }

    /// Removes and returns the oldest messages, at most `limit`.
    func take(of application: ID, limit: Int) throws -> [StoredDelivery] {
        let messages = try messages(of: application, limit: limit)
        if let last = messages.last { try remove(of: application, through: last.rowID) }
        return messages.map(\.delivery)
    }
}
