import ApplicationDomain
import Contracts
import Ledger

/// What is read to send the state of this partition. Applications that are being forgotten are left out.
extension ApplicationStore where Source == LedgerTransaction {
    /// The row id of the latest application; 0 without any.
    func lastApplication() throws -> Int64 {
        try source.row(
            "SELECT id FROM application WHERE id > ? ORDER BY id DESC LIMIT 1", Int64(0), read: { $0.int64(0) }) ?? 0
    }

    /// The row id of the next application.
    func application(after rowID: Int64, through end: Int64) throws -> Int64? {
        try source.row(
            "SELECT id FROM application WHERE id > ? AND id <= ? ORDER BY id LIMIT 1", rowID, end,
            read: { $0.int64(0) })
    }

    /// Nil if the application is being forgotten, or is forgotten.
    func key(of rowID: Int64) throws -> ID? {
        guard let row = try source.row("SELECT id, key FROM application WHERE id = ?", rowID, read: OverRow.init),
            !row.isDetached
        else { return nil }
        return .trusted(row.key)
    }
}
