import Contracts
import Ledger
import NotifierDomain
import Wording

/// How the users of a partition want to be notified (contract section 6). Writes work only in the writer's transaction.
struct PreferencesStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    /// A language without texts, which a later version stored, counts as not chosen.
    func preferences(of user: ID) throws -> NotificationPreferences {
        try source.row("SELECT language, time_zone FROM preferences WHERE user = ?", user) { row in
            try row.require(columns: 2)
            return NotificationPreferences(
                language: row.optionalText(0).flatMap(Language.init(rawValue:)), timeZone: row.optionalText(1))
        } ?? .none
    }
}

extension PreferencesStore where Source == LedgerTransaction {
    /// A user who prefers nothing has no row.
    func replace(_ preferences: NotificationPreferences, of user: ID) throws {
        guard preferences != .none else {
            try source.execute("DELETE FROM preferences WHERE user = ?", user)
            return
        }
        try source.execute(
            """
            INSERT INTO preferences (user, language, time_zone, served_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (user) DO UPDATE SET language = ?2, time_zone = ?3, served_at = ?4
            """, user, preferences.language?.rawValue, preferences.timeZone, source.servedNow)
    }

    /// Deletes the preferences that were set longer than `RETENTION` ago, by the time served. Those of users whose
    /// inbox is not empty count as set now. Returns the numbers of those looked at, at most `limit`, and of those
    /// deleted.
    func deleteUnused(limit: Int) throws -> (read: Int, deleted: Int) {
        guard let retention = source.retention else { return (0, 0) }
        let old = try source.rows(
            "SELECT user FROM preferences WHERE served_at <= ? ORDER BY served_at LIMIT ?",
            source.servedNow.advanced(by: .zero - retention), limit
        ) { ID.trusted($0.text(0)) }
        var deleted = 0
        for user in old {
            if try NotificationStore(source).newest(of: user) > 0 {
                try source.execute("UPDATE preferences SET served_at = ? WHERE user = ?", source.servedNow, user)
            } else {
                deleted += try source.execute("DELETE FROM preferences WHERE user = ?", user)
            }
        }
        return (old.count, deleted)
    }
}
