import ApplicationDomain
import Contracts
import Ledger

/// Many applications or members at a time.
extension ApplicationStore {
    /// The most rows that are read for a page, and bytes of text that are searched for it. The client continues where
    /// the page ends, so that no request reads a growing table, whatever it filters by.
    private static var maxRows: Int { 1000 }
    private static var maxTextBytes: Int { 256 * 1024 }

    /// Reads one partition's applications in the order of the filter until `limit` of them match.
    /// - Parameters:
    ///   - partition: the partition of this file.
    ///   - position: only applications that come later in the list; nil for all.
    func applications(
        _ filter: ApplicationFilter, in partition: Partition, after position: ApplicationPosition? = nil, limit: Int,
        now: Timestamp
    ) throws -> ApplicationScan<VolunteerApplication> {
        var scan = ApplicationScan<VolunteerApplication>()
        var range = ApplicationRange(filter, in: partition, after: position, now: now)
        let batchSize = max(limit, 20)
        var (rows, bytes) = (0, 0)
        while true {
            let batch = try applications(filter, range, limit: batchSize)
            for stored in batch {
                let application = stored.application
                let here = ApplicationPosition(
                    value: filter.sort.value(of: application), partition: partition, rowID: stored.rowID)
                if filter.matches(application, at: now) { scan.found.append((here, application)) }
                rows += 1
                if filter.text != nil { bytes += application.details.textBytes }
                if scan.found.count == limit || rows >= Self.maxRows || bytes >= Self.maxTextBytes {
                    scan.end = here
                    return scan
                }
                range.move(past: ApplicationRange.Bound(value: here.value, rowID: here.rowID))
            }
            if batch.count < batchSize { return scan }
        }
    }

    /// Rows of the range, in the order of the filter. Of the filter only what an index finds is applied here.
    private func applications(
        _ filter: ApplicationFilter, _ range: ApplicationRange, limit: Int
    ) throws -> [StoredApplication] {
        let (column, suffix) =
            switch filter.sort.key {
            case .start: ("starts_at", "by_start")
            case .creation: ("created_at", "by_creation")
            }
        // Of those that have started, the rows say `open` or `started`. The row of an application that a clock which
        // was ahead has started says so for a moment, until the clock is right again and the handler reconsiders it.
        let status = filter.status == .started ? nil : filter.status
        let (index, condition) =
            switch (filter.fund, status) {
            case (.some, _): ("application_fund_\(suffix)", "fund = ?6 AND")
            case (nil, .some): ("application_status_\(suffix)", "status = ?6 AND")
            case (nil, nil): ("application_\(suffix)", "")
            }
        let direction = filter.sort.isDescending ? "DESC" : "ASC"
        // Three indices for each of four orders, so twelve cached statements. Applications that are being forgotten are
        // over since the beginning of time.
        let select = try source.statement(
            composed: """
                SELECT id, key, fund, name, description, date, start_time, end_time, time_zone, capacity, status,
                    starts_at, confirmed, waiting, reserved, release, sent, origin, openings, cancel_reason, created_at,
                    updated_at, reserved_grew_at, notifiers
                FROM application INDEXED BY \(index)
                WHERE \(condition) (\(column), id) > (?1, ?2) AND (\(column), id) < (?3, ?4)
                    AND over_at >= 0
                ORDER BY \(column) \(direction), id \(direction) LIMIT ?5
                """)
        try select.bind(1, range.lower.value)
        try select.bind(2, range.lower.rowID)
        try select.bind(3, range.upper.value)
        try select.bind(4, range.upper.rowID)
        try select.bind(5, limit)
        if let key = filter.fund?.string ?? status?.rawValue { try select.bind(6, key) }
        var found: [StoredApplication] = []
        try select.forEachRow { found.append(try StoredApplication(row: $0)) }
        return found
    }

    /// At most `limit` members after a place, in its order.
    /// - Parameter standing: only members with it; nil for all.
    func members(
        of rowID: Int64, after place: MemberPlace, limit: Int, standing: Member.Standing?
    ) throws -> [Member] {
        switch place {
        case .anyone(let volunteer):
            return try members(of: rowID, after: volunteer, limit: limit, standing: standing)
        case .waiting(let sequence):
            let isWaitingSelected = standing ?? .waiting == .waiting
            let found = isWaitingSelected ? try waitingMembers(of: rowID, after: sequence, limit: limit) : []
            let others = MemberPlace.others(after: "")
            return try found + members(of: rowID, after: others, limit: limit - found.count, standing: standing)
        case .others(let volunteer):
            if standing == .waiting || limit == 0 { return [] }
            return try members(
                of: rowID, after: volunteer, limit: limit, standing: standing, excluding: .waiting)
        }
    }

    /// At most `limit` members after a volunteer's id, ordered by the bytes of the id.
    /// - Parameters:
    ///   - standing: only members with it; nil for all.
    ///   - excluded: no member with it; nil for all.
    func members(
        of rowID: Int64, after volunteer: String, limit: Int, standing: Member.Standing? = nil,
        excluding excluded: Member.Standing? = nil
    ) throws -> [Member] {
        try source.rows(
            """
            SELECT volunteer, standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation,
                listed, told_of_opening, given_up, removed_by, sequence, created_at, reason, updated_at,
                comment
            FROM member
            WHERE application = ?1 AND volunteer > ?2 AND (?3 IS NULL OR standing = ?3)
                AND (?4 IS NULL OR standing <> ?4)
            ORDER BY volunteer LIMIT ?5
            """, rowID, volunteer, standing?.rawValue, excluded?.rawValue, limit, read: Member.init)
    }

    /// At most `limit` waiting members, in the order of the waiting list.
    /// - Parameter sequence: only members behind the one with it.
    func waitingMembers(of rowID: Int64, after sequence: Int, limit: Int) throws -> [Member] {
        try source.rows(
            """
            SELECT volunteer, standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation,
                listed, told_of_opening, given_up, removed_by, sequence, created_at, reason, updated_at,
                comment
            FROM member WHERE application = ? AND sequence > ? ORDER BY sequence LIMIT ?
            """, rowID, sequence, limit, read: Member.init)
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
                starts_at, confirmed, waiting, reserved, release, sent, origin, openings, cancel_reason, created_at,
                updated_at, reserved_grew_at, notifiers
            FROM application WHERE id = ? AND over_at >= 0
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

extension ApplicationDetails {
    fileprivate var textBytes: Int { name.utf8.count + description.utf8.count }
}
