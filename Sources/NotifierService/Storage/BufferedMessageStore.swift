import Contracts
import Foundation
import GRDB
import Ledger

/// Messages about applications whose create has not come yet: they wait in the file, in the order they came.
struct BufferedMessageStore {
    let db: Database

    struct Early {
        let rowID: Int64
        let delivery: StoredDelivery
    }

    func insert(_ delivery: StoredDelivery, isCancel: Bool, of application: ID) throws {
        try db.cachedStatement(
            sql: "INSERT INTO early (application, is_cancel, delivery, body) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [
            application.string, isCancel, try JSONEncoder().encode(delivery), Data(delivery.body),
        ])
    }

    func isAny(of application: ID) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM early WHERE application = ?)"),
            arguments: [application.string]) ?? false
    }

    func isCancelled(_ application: ID) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM early WHERE application = ? AND is_cancel)"),
            arguments: [application.string]) ?? false
    }

    /// The first that came, at most `limit`; they are gone from the table after it.
    func take(of application: ID, limit: Int) throws -> [Early] {
        let early = try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT id, delivery, body FROM early WHERE application = ? ORDER BY id LIMIT ?"),
            arguments: [application.string, limit]
        ).map { Early(rowID: $0["id"], delivery: try StoredDelivery(row: $0)) }
        if let last = early.last {
            try db.cachedStatement(sql: "DELETE FROM early WHERE application = ? AND id <= ?")
                .execute(arguments: [application.string, last.rowID])
        }
        return early
    }

    /// All that waited has been told.
    func finish(_ application: ID) throws {
        try db.cachedStatement(sql: "UPDATE application SET has_early = 0 WHERE key = ?")
            .execute(arguments: [application.string])
    }
}
