import ApplicationDomain
import Contracts
import Ledger

/// Forgetting (contract section 7). `over_at` says when an application is or was over: it starts, was cancelled, or was
/// changed after its start. `retained_from` is the same, or later where something still waits for the application.
///
/// An application is first detached (``OverRow``). Then its members are deleted, and at last its row.
extension ApplicationStore where Source == LedgerTransaction {
    /// The one that has been over longest, if since before `limit`. Detached ones come first.
    func longestOver(before limit: Timestamp) throws -> OverRow? {
        try source.row(
            "SELECT id, key FROM application WHERE retained_from < ? ORDER BY retained_from LIMIT 1", limit,
            read: OverRow.init)
    }

    /// When the application is over.
    func end(of rowID: Int64) throws -> Timestamp? {
        try source.row("SELECT over_at FROM application WHERE id = ?", rowID) { $0.timestamp(0) }
    }

    /// The application cannot be forgotten yet: it is looked at again after this time.
    func postpone(_ rowID: Int64, until time: Timestamp) throws {
        try source.execute("UPDATE application SET retained_from = ? WHERE id = ?", time, rowID)
    }

    func detach(_ id: ID, rowID: Int64) throws {
        cache.remove(id)
        try source.execute(
            "UPDATE application SET key = ?1, over_at = ?2, retained_from = ?2 WHERE id = ?3",
            OverRow.detachedKey(of: rowID), Timestamp.earliest, rowID)
    }

    /// Returns the number of members deleted, at most `limit`.
    func deleteMembers(of rowID: Int64, limit: Int) throws -> Int {
        try source.execute(
            """
            DELETE FROM member WHERE application = ?1 AND volunteer IN (
                SELECT volunteer FROM member WHERE application = ?1 LIMIT ?2)
            """, rowID, limit)
    }

    /// Deletes a detached application without members.
    func deleteDetached(_ rowID: Int64) throws {
        try source.execute("DELETE FROM application WHERE id = ?", rowID)
    }

    /// That the start has come changes nothing: it was known before.
    func writeEnd(
        of application: VolunteerApplication, over persisted: VolunteerApplication, at rowID: Int64
    ) throws {
        guard
            application.status == .cancelled || application.capacity != persisted.capacity
                || application.details != persisted.details || application.startsAt != persisted.startsAt
        else { return }
        try source.execute(
            "UPDATE application SET over_at = ?1, retained_from = ?1 WHERE id = ?2", overAt(application), rowID)
    }

    /// When an application that is new, changed or cancelled now is over.
    func overAt(_ application: VolunteerApplication) -> Timestamp {
        let now = source.plausibleNow
        return application.status == .cancelled ? now : max(application.startsAt, now)
    }
}
