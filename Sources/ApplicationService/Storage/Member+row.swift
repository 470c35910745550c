import ApplicationDomain
import Contracts
import Ledger

extension Member {
    /// - Parameter row: the columns `volunteer`, `standing`, `since`, `offer_release`, `offer_expires_at`,
    ///   `not_chosen_in`, `told_of_cancellation`, `listed`, `told_of_opening`, `given_up`, `removed_by`, `sequence`,
    ///   `created_at`, `reason`, `updated_at`, `comment`.
    init(row: RawRow) throws {
        try row.require(columns: 16)
        let offer = row.isNull(3) ? nil : Offer(release: row.int(3), expiresAt: row.timestamp(4))
        self.init(
            volunteer: .trusted(row.text(0)), standing: try row.word(1), since: row.timestamp(2), offer: offer,
            notChosenIn: row.int(5), toldOfOpening: row.int(8), toldOfCancellation: row.bool(6),
            givenUpAt: try Self.times(row.optionalText(9) ?? ""), removedBy: row.optionalText(10),
            isListed: row.bool(7), sequence: row.isNull(11) ? nil : row.int(11),
            createdAt: row.optionalTimestamp(12),
            lastChange: row.isNull(13)
                ? nil
                : ResponseChange(try row.word(13), at: row.optionalTimestamp(14), comment: row.optionalText(15)))
    }

    var givenUpColumn: String? {
        givenUpAt.isEmpty ? nil : givenUpAt.map { String($0.milliseconds) }.joined(separator: " ")
    }

    private static func times(_ column: String) throws -> [Timestamp] {
        try column.split(separator: " ").map { part in
            guard let time = Int64(part) else { throw UnknownColumnValue(column, meaning: "times") }
            return Timestamp(milliseconds: time)
        }
    }
}
