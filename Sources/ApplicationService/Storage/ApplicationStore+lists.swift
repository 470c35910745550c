import ApplicationDomain
import Contracts
import Ledger

/// Many applications or members at a time.
extension ApplicationStore {
    /// In the order in which they were created in this partition. The conditions on the status are those of
    /// `VolunteerApplication.status(at:)`: only `cancelled` is a matter of the row alone.
    /// - Parameter rowID: only rows after this one are returned.
    func applications(
        _ filter: ApplicationFilter, after rowID: Int64, limit: Int, now: Timestamp
    ) throws -> [StoredApplication] {
        var conditions = ["id > ?1", "starts_at >= ?3", "starts_at < ?4"]
        var dependsOnTime = false
        switch filter.status {
        case nil: break
        case .cancelled: conditions.append("status = 'cancelled'")
        case .open:
            // The row of an application that a clock which was ahead has started says so for a moment, until the clock
            // is right again and the handler reconsiders it.
            conditions.append("status = 'open' AND starts_at > ?5")
            dependsOnTime = true
        case .started:
            // With the plus, SQLite walks the rows in their order, of which most have started, instead of sorting them
            // all for each page.
            conditions.append("+status IN ('open', 'started') AND starts_at <= ?5")
            dependsOnTime = true
        }
        if filter.fund != nil { conditions.append("fund = ?6") }
        // Eight filters, so eight cached statements.
        let select = try source.statement(
            composed: """
                SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                    starts_at, confirmed, waiting, reserved, release, sent, origin, openings
                FROM application WHERE \(conditions.joined(separator: " AND ")) ORDER BY id LIMIT ?2
                """)
        try select.bind(1, rowID)
        try select.bind(2, limit)
        try select.bind(3, filter.startsFrom)
        try select.bind(4, filter.startsBefore)
        if dependsOnTime { try select.bind(5, now) }
        if let fund = filter.fund { try select.bind(6, fund) }
        var found: [StoredApplication] = []
        try select.forEachRow { found.append(try StoredApplication(row: $0)) }
        return found
    }

    /// At most `limit` members after a volunteer's id, ordered by the bytes of the id.
    /// - Parameter standing: only members with it; nil for all.
    func members(
        of rowID: Int64, after volunteer: String, limit: Int, standing: Member.Standing? = nil
    ) throws -> [Member] {
        try source.rows(
            """
            SELECT volunteer, standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation,
                listed, told_of_opening, given_up, removed_by
            FROM member WHERE application = ?1 AND volunteer > ?2 AND (?3 IS NULL OR standing = ?3)
            ORDER BY volunteer LIMIT ?4
            """, rowID, volunteer, standing?.rawValue, limit, read: Member.init)
    }

    /// A volunteer's responses in this partition, in the order in which the applications were created.
    /// - Parameter rowID: only applications after this one are returned.
    func responses(
        of volunteer: ID, after rowID: Int64, limit: Int
    ) throws -> [(stored: StoredApplication, member: Member)] {
        let applications = try source.rows(
            "SELECT application FROM member WHERE volunteer = ? AND application > ? ORDER BY application LIMIT ?",
            volunteer, rowID, limit
        ) { $0.int64(0) }
        return try applications.compactMap { rowID in
            guard let stored = try application(rowID: rowID), let member = try member(volunteer, of: rowID) else {
                return nil
            }
            return (stored, member)
        }
    }

    private func application(rowID: Int64) throws -> StoredApplication? {
        try source.row(
            """
            SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                starts_at, confirmed, waiting, reserved, release, sent, origin, openings
            FROM application WHERE id = ?
            """, rowID, read: StoredApplication.init)
    }
}

extension ApplicationStore where Source == LedgerTransaction {
    /// Applications that count as started although their start is ahead: the clock was wrong.
    func startedTooEarly(limit: Int) throws -> [ID] {
        try source.rows(
            """
            SELECT key FROM application INDEXED BY application_started
            WHERE status = 'started' AND starts_at > ? ORDER BY starts_at LIMIT ?
            """, source.now, limit
        ) { .trusted($0.text(0)) }
    }
}
