import Contracts
import Ledger

/// The notifications that the users of a partition were sent: the inbox (contract section 8). Writes work only in the
/// writer's transaction.
struct NotificationStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    /// A page of a user's notifications, the newest first.
    /// - Parameter before: the page begins after this id; `Int64.max` for the first page.
    func page(of user: ID, before id: Int64, unreadOnly: Bool, limit: Int) throws -> [StoredNotification] {
        if unreadOnly {
            return try source.rows(
                """
                SELECT id, kind, application, message, at, read_at FROM notification
                WHERE user = ? AND id < ? AND read_at IS NULL ORDER BY id DESC LIMIT ?
                """, user, id, limit, read: StoredNotification.init(row:))
        }
        return try source.rows(
            """
            SELECT id, kind, application, message, at, read_at FROM notification
            WHERE user = ? AND id < ? ORDER BY id DESC LIMIT ?
            """, user, id, limit, read: StoredNotification.init(row:))
    }

    /// A user's notifications that are newer than one, the oldest first.
    func notifications(of user: ID, after id: Int64, limit: Int) throws -> [StoredNotification] {
        try source.rows(
            """
            SELECT id, kind, application, message, at, read_at FROM notification
            WHERE user = ? AND id > ? ORDER BY id LIMIT ?
            """, user, id, limit, read: StoredNotification.init(row:))
    }

    /// Notifications about an application, the newest first.
    /// - Parameters:
    ///   - user: only those to this user; nil for all.
    ///   - since: the lowest id.
    ///   - before: the page begins after this id; `Int64.max` for the first page.
    func sent(
        about application: ID, to user: ID?, since: Int64 = 0, before id: Int64, limit: Int
    ) throws -> [SentNotification] {
        if let user {
            // The application may have been told to thousands of others.
            return try source.rows(
                """
                SELECT id, kind, application, message, at, read_at, user, for_webhooks
                FROM notification INDEXED BY notification_user
                WHERE user = ? AND application = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?
                """, user, application, since, id, limit, read: SentNotification.init(row:))
        }
        return try source.rows(
            """
            SELECT id, kind, application, message, at, read_at, user, for_webhooks FROM notification
            WHERE application = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?
            """, application, since, id, limit, read: SentNotification.init(row:))
    }

    /// The id of a user's newest notification; 0 without any.
    func newest(of user: ID) throws -> Int64 {
        try source.row("SELECT max(id) FROM notification WHERE user = ?", user) { $0.int64(0) } ?? 0
    }

    func unreadCount(of user: ID) throws -> Int {
        try source.row("SELECT count(*) FROM notification WHERE user = ? AND read_at IS NULL", user) { $0.int(0) }
            ?? 0
    }
}

extension NotificationStore where Source == LedgerTransaction {
    /// How long a notification is kept, unless `RETENTION` is shorter.
    static var retention: Duration { .seconds(90 * 86_400) }
    /// The maximum number of rows that one transaction deletes or marks.
    static var stepRows: Int { Forgetting.stepRows }

    /// Stores a notification that this transaction publishes.
    ///
    /// Ids are microseconds of the wall clock, or follow the last one if that is ahead. So they increase, a file that
    /// was restored from a backup does not use an id again, and they are exact as numbers in JavaScript.
    /// - Parameter isForWebhooks: whether webhook endpoints receive it too.
    func insert(
        _ kind: NotificationKind, _ message: String, to user: ID, about application: ID, isForWebhooks: Bool = false
    ) throws {
        try source.execute(
            """
            INSERT INTO notification (id, user, kind, application, message, at, served_at, for_webhooks)
            VALUES (max(coalesce((SELECT max(id) FROM notification WHERE id > 0), 0) + 1, ?), ?, ?, ?, ?, ?, ?, ?)
            """,
            source.now.milliseconds * 1_000, user, kind.rawValue, application, message, source.now, source.servedNow,
            isForWebhooks)
    }

    /// Marks one of the user's notifications as read, unless it is already.
    func markRead(_ id: Int64, of user: ID) throws {
        try source.execute(
            "UPDATE notification SET read_at = ? WHERE id = ? AND user = ? AND read_at IS NULL", source.now, id, user)
    }

    /// Marks the user's unread notifications up to an id as read, the oldest first. Returns the number of rows changed,
    /// at most ``stepRows``.
    func markRead(through id: Int64, of user: ID) throws -> Int {
        try source.execute(
            """
            UPDATE notification SET read_at = ? WHERE id IN (
                SELECT id FROM notification WHERE user = ? AND id <= ? AND read_at IS NULL ORDER BY id LIMIT ?)
            """, source.now, user, id, Self.stepRows)
    }

    /// Deletes the oldest notifications that are past their retention by the time served. Returns the number deleted,
    /// at most ``stepRows``.
    func deleteOld() throws -> Int {
        let retention = min(Self.retention, source.retention ?? Self.retention)
        return try source.execute(
            """
            DELETE FROM notification WHERE id IN (
                SELECT id FROM (SELECT id, served_at FROM notification WHERE id > 0 ORDER BY id LIMIT ?)
                WHERE served_at <= ?)
            """, Self.stepRows, source.servedNow.advanced(by: .zero - retention))
    }
}
