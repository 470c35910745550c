import Contracts
import GRDB
import Ledger
import WaitlistDomain

extension WaitlistStore<LedgerTransaction> {
    /// The rounds whose offers end at one of these times.
    func rounds(of list: StoredWaitlist, endingAt ends: Set<Timestamp>) throws -> [OfferRound] {
        try ends.flatMap { end in
            try OfferRound.fetch(
                db.cachedStatement(
                    sql: """
                        SELECT number, offered_at, expires_at, lapsed, members FROM round
                        WHERE list = ? AND expires_at = ?
                        """),
                arguments: [list.rowID, end.milliseconds])
        }
    }

    /// The lists after a row id, with the epoch in which ApplicationService last spoke of each.
    func lists(after rowID: Int64, limit: Int) throws -> [(row: OverRow, epoch: Int64)] {
        try source.rows("SELECT id, key, epoch FROM list WHERE id > ? ORDER BY id LIMIT ?", rowID, limit) { row in
            (OverRow(rowID: row.int64(0), key: row.text(1)), row.int64(2))
        }
    }
}
