import ApplicationDomain
import Contracts
import Ledger

/// Members as rows, each of one application.
extension ApplicationStore {
    /// - Parameter rowID: the application's row.
    func member(_ volunteer: ID, of rowID: Int64) throws -> Member? {
        try source.row(
            """
            SELECT standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation, listed,
                told_of_opening, given_up, removed_by
            FROM member WHERE application = ? AND volunteer = ?
            """, rowID, volunteer
        ) { try Member(volunteer, row: $0) }
    }

    /// At most `limit` members after a volunteer's id, ordered by the bytes of the id.
    func members(of rowID: Int64, after volunteer: String, limit: Int) throws -> [Member] {
        try source.rows(
            """
            SELECT standing, since, offer_release, offer_expires_at, not_chosen_in, told_of_cancellation, listed,
                told_of_opening, given_up, removed_by, volunteer
            FROM member WHERE application = ? AND volunteer > ? ORDER BY volunteer LIMIT ?
            """, rowID, volunteer, limit
        ) { try Member(.trusted($0.text(10)), row: $0) }
    }
}

extension ApplicationStore where Source == LedgerTransaction {
    /// - Parameter before: the member as read in this transaction; nil if there was no row.
    func save(_ member: Member?, over before: Member?, of rowID: Int64) throws {
        guard let member, member != before else { return }
        // Only this transaction writes: a row that was absent when read is still absent.
        try source.execute(
            before == nil
                ? """
                INSERT INTO member (application, volunteer, standing, since, offer_release, offer_expires_at,
                    not_chosen_in, told_of_cancellation, listed, told_of_opening, given_up, removed_by)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                """
                : """
                UPDATE member SET standing = ?3, since = ?4, offer_release = ?5, offer_expires_at = ?6,
                    not_chosen_in = ?7, told_of_cancellation = ?8, listed = ?9, told_of_opening = ?10,
                    given_up = ?11, removed_by = ?12
                WHERE application = ?1 AND volunteer = ?2
                """,
            rowID, member.volunteer, member.standing.rawValue, member.since, member.offer?.release,
            member.offer?.expiresAt, member.notChosenIn, member.toldOfCancellation, member.isListed,
            member.toldOfOpening, member.givenUpColumn, member.removedBy)
    }
}

extension Member {
    /// - Parameter row: the columns `standing`, `since`, `offer_release`, `offer_expires_at`, `not_chosen_in`,
    ///   `told_of_cancellation`, `listed`, `told_of_opening`, `given_up`, `removed_by`.
    fileprivate init(_ volunteer: ID, row: RawRow) throws {
        let offer = row.isNull(2) ? nil : Offer(release: row.int(2), expiresAt: row.timestamp(3))
        self.init(
            volunteer: volunteer, standing: try row.word(0), since: row.timestamp(1), offer: offer,
            notChosenIn: row.int(4), toldOfOpening: row.int(7), toldOfCancellation: row.bool(5),
            givenUpAt: try Self.times(row.optionalText(8) ?? ""), removedBy: row.optionalText(9),
            isListed: row.bool(6))
    }

    fileprivate var givenUpColumn: String? {
        givenUpAt.isEmpty ? nil : givenUpAt.map { String($0.milliseconds) }.joined(separator: " ")
    }

    fileprivate static func times(_ column: String) throws -> [Timestamp] {
        try column.split(separator: " ").map { part in
            guard let time = Int64(part) else { throw UnknownColumnValue(column, meaning: "times") }
            return Timestamp(milliseconds: time)
        }
    }
}
