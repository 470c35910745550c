import Contracts
import GRDB
import Ledger
import NotifierDomain

/// Forgetting (contract section 7). `retained_from` says when an application is or was over: the start, or when it was
/// cancelled; later where it was changed after that, or something still waits for it.
///
/// An application is first detached (``OverRow``). Then its rows are deleted step by step.
extension NotifierStore<LedgerTransaction> {
    /// The one that has been over longest, if since before `limit`. Detached ones come first.
    func longestOver(before limit: Timestamp) throws -> OverRow? {
        try source.row(
            "SELECT id, key FROM application WHERE retained_from < ? ORDER BY retained_from LIMIT 1", limit,
            read: OverRow.init)
    }

    func postpone(_ rowID: Int64, until time: Timestamp) throws {
        try source.execute("UPDATE application SET retained_from = ? WHERE id = ?", time, rowID)
    }

    func detach(_ rowID: Int64) throws {
        try source.execute(
            "UPDATE application SET key = ?, retained_from = ? WHERE id = ?", OverRow.detachedKey(of: rowID),
            Timestamp.earliest, rowID)
    }

    /// The recipients of an application, at most `limit`.
    func recipients(of rowID: Int64, limit: Int) throws -> [Int64] {
        try source.rows("SELECT id FROM audience WHERE application = ? ORDER BY id LIMIT ?", rowID, limit) {
            $0.int64(0)
        }
    }

    /// The keys of a recipient's timers of this kind.
    func timers(_ kind: String, of recipient: Int64) throws -> [String] {
        // A key is the row id, a space and the lead; the exclamation mark is the character after the space.
        try source.rows(
            "SELECT key FROM timer WHERE kind = ? AND key >= ? AND key < ?", kind, "\(recipient) ", "\(recipient)!"
        ) { $0.text(0) }
    }

    /// Deletes a recipient and the record of the reminders.
    func deleteRecipient(_ rowID: Int64) throws {
        try source.execute("DELETE FROM reminder WHERE audience = ?", rowID)
        try source.execute("DELETE FROM audience WHERE id = ?", rowID)
    }

    /// Returns the number of versions deleted, at most `limit`.
    func deleteVersions(of rowID: Int64, limit: Int) throws -> Int {
        try source.execute(
            """
            DELETE FROM edition WHERE application = ?1 AND number IN (
                SELECT number FROM edition WHERE application = ?1 ORDER BY number LIMIT ?2)
            """, rowID, limit)
    }

    /// Deletes a detached application without recipients and versions.
    func deleteDetached(_ rowID: Int64) throws {
        try source.execute("DELETE FROM application WHERE id = ?", rowID)
    }

    /// When an application that is new, changed or cancelled now is over.
    func overAt(_ application: ApplicationSnapshot) -> Timestamp {
        let now = source.plausibleNow
        return application.isCancelled ? now : max(application.startsAt, now)
    }
}
