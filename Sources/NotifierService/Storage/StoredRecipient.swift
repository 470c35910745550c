import Contracts
import GRDB
import Ledger
import NotifierDomain

/// A recipient with its row, if it has one.
struct StoredRecipient {
    /// `nil` if the recipient is not stored yet.
    let rowID: Int64?
    let recipient: Recipient
    /// The epoch of ApplicationService's stream in which it last named the recipient; 0 if that is unknown.
    var epoch: Int64 = 0
}

extension StoredRecipient {
    static let select = "SELECT id, user, standing, edition, application, epoch, offer_expires_at FROM audience"

    /// - Throws: `UnknownColumnValue` if `standing` holds an unknown word.
    init(row: Row) throws {
        let word: String = row[2]
        guard let standing = Recipient.Standing(rawValue: word) else {
            throw UnknownColumnValue(word, meaning: "Standing")
        }
        rowID = row[0]
        recipient = Recipient(
            user: .trusted(row[1]), standing: standing, version: row[3],
            offerExpiresAt: (row[6] as Int64?).map { Timestamp(milliseconds: $0) })
        epoch = row[5]
    }
}
