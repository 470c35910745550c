import Contracts
import GRDB
import Ledger
import WaitlistDomain

/// Forgetting (contract section 7). `retained_from` says when a list is or was over: the start, or when it was
/// cancelled; later where it was changed after that, or something still waits for it.
///
/// A list is first detached (``OverRow``). Then its rows are deleted step by step.
extension WaitlistStore<LedgerTransaction> {
    /// The one that has been over longest, if since before `limit`. Detached ones come first.
    func longestOver(before limit: Timestamp) throws -> OverRow? {
        try source.row(
            "SELECT id, key FROM list WHERE retained_from < ? ORDER BY retained_from LIMIT 1", limit,
            read: OverRow.init)
    }

    func postpone(_ rowID: Int64, until time: Timestamp) throws {
        try source.execute("UPDATE list SET retained_from = ? WHERE id = ?", time, rowID)
    }

    /// Nothing of a detached list is reserved or offered.
    func detach(_ rowID: Int64) throws {
        try source.execute(
            """
            UPDATE list SET key = ?, retained_from = ?, reserved = 0, outstanding = 0, scan = NULL WHERE id = ?
            """, OverRow.detachedKey(of: rowID), Timestamp.earliest, rowID)
    }

    /// Returns the number of entries and rounds deleted, at most `limit`.
    func deleteRows(of rowID: Int64, limit: Int) throws -> Int {
        let entries = try source.execute(
            """
            DELETE FROM entry WHERE list = ?1 AND sequence IN (
                SELECT sequence FROM entry WHERE list = ?1 ORDER BY sequence LIMIT ?2)
            """, rowID, limit)
        source.count(.forgotten("entries"), Int64(entries))
        let rounds = try source.execute(
            """
            DELETE FROM round WHERE list = ?1 AND number IN (
                SELECT number FROM round WHERE list = ?1 ORDER BY number LIMIT ?2)
            """, rowID, limit - entries)
        return entries + rounds
    }

    /// Deletes a detached list without entries and rounds.
    func deleteDetached(_ rowID: Int64) throws {
        try source.execute("DELETE FROM list WHERE id = ?", rowID)
    }

    /// When a list that is new, changed or cancelled now is over.
    func overAt(_ list: Waitlist) -> Timestamp {
        let now = source.plausibleNow
        return list.cancelled ? now : max(list.startsAt, now)
    }
}
