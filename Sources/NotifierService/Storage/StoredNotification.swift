import Contracts
import Ledger

/// A notification as the inbox keeps it.
struct StoredNotification: Sendable, Hashable {
    /// Greater than that of every earlier notification in the partition.
    let id: Int64
    let kind: NotificationKind
    let application: ID
    let message: String
    let sentAt: Timestamp
    /// When the user first marked it as read; nil if it is unread.
    let readAt: Timestamp?
}

extension StoredNotification {
    /// - Parameter row: the columns `id`, `kind`, `application`, `message`, `at`, `read_at`.
    init(row: RawRow) throws {
        try row.require(columns: 6)
        try self.init(columns: row)
    }

    /// - Parameter row: begins with these columns.
    init(columns row: RawRow) throws {
        self.init(
            id: row.int64(0), kind: try row.word(1), application: .trusted(row.text(2)), message: row.text(3),
            sentAt: row.timestamp(4), readAt: row.optionalTimestamp(5))
    }
}
