import Foundation
package import GRDB

extension StoredDelivery {
    /// Reads the columns `delivery`, as JSON, and `body`.
    /// - Throws: `LedgerError.corrupt` if the JSON cannot be decoded.
    package init(row: Row) throws {
        do {
            self = try JSONDecoder().decode(StoredDelivery.self, from: row["delivery"])
        } catch {
            throw LedgerError(.corrupt, "a stored delivery cannot be decoded")
        }
        let bytes: Data = row["body"]
        body = Array(bytes)
    }
}
