package import Contracts
import Foundation
import GRDB

/// Deduplicated, refused, parked and blocked messages.
extension LedgerTransaction {
    /// Records a foreign message's digest. False: the message was received before, within the retention.
    func insertDigest(_ digest: [UInt8]) throws -> Bool {
        try execute("INSERT INTO seen (digest, at) VALUES (?, ?) ON CONFLICT DO NOTHING", digest, servedNow) > 0
    }

    func hasSeen(_ digest: [UInt8]) throws -> Bool {
        try row("SELECT 1 FROM seen WHERE digest = ?", digest) { _ in true } ?? false
    }

    /// Records a command that changed nothing.
    func refuse(_ inbound: InboundMessage, reason: String) throws {
        let message = inbound.message
        try execute(
            """
            INSERT INTO refused (at, reason, action, application, volunteer, message_id, served_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            now, reason, message.action.rawValue, message.applicationID, message.volunteerID,
            inbound.delivery.messageID, servedNow)
    }

    /// Stores a message that cannot be read, is not allowed here, or failed too often.
    package func park(_ delivery: StoredDelivery, reason: String) throws {
        try db.cachedStatement(sql: "INSERT INTO parked (at, reason, delivery, body, served_at) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [
                now.milliseconds, reason, try JSONEncoder().encode(delivery), Data(delivery.body),
                servedNow.milliseconds,
            ])
    }

    // MARK: - Blocked messages

    package func isBlocked(_ key: ExactString) -> Bool {
        !state.blockedKeys.isEmpty && state.blockedKeys[key] != nil
    }

    /// - Parameter due: when to retry it; nil while an earlier message with its key is blocked.
    func block(_ delivery: StoredDelivery, key: ExactString, reason: String, due: Timestamp?) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO blocked (key, stream, attempts, due, reason, at, delivery, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            key.string, delivery.position?.stream.description, due == nil ? 0 : 1, due?.milliseconds ?? Int64.max,
            reason, now.milliseconds, try JSONEncoder().encode(delivery), Data(delivery.body),
        ])
        // Foreign messages have no order to keep: one that fails blocks no other.
        if delivery.position != nil { state.blockedKeys[key, default: 0] += 1 }
    }

    func dueBlocked(limit: Int) throws -> [BlockedMessage] {
        try BlockedMessage.fetch(
            db.cachedStatement(sql: BlockedMessage.select + " WHERE due <= ? ORDER BY due, id LIMIT ?"),
            arguments: [now.milliseconds, limit])
    }

    /// Removes a blocked message; the next one with its key is due at once.
    func unblock(_ blocked: BlockedMessage) throws {
        try db.cachedStatement(sql: "DELETE FROM blocked WHERE id = ?").execute(arguments: [blocked.id])
        guard blocked.delivery.position != nil, let count = state.blockedKeys[blocked.key] else { return }
        state.blockedKeys[blocked.key] = count > 1 ? count - 1 : nil
        try db.cachedStatement(
            sql: """
                UPDATE blocked SET due = ?
                WHERE id = (SELECT min(id) FROM blocked WHERE key = ? AND stream IS NOT NULL)
                """
        ).execute(arguments: [now.milliseconds, blocked.key.string])
    }

    /// Schedules the next attempt, after a pause that doubles up to five minutes (contract section 7).
    func postpone(_ blocked: BlockedMessage, reason: String) throws {
        let pause = min(Self.longestPause, .seconds(1 << min(blocked.attempts, 9)))
        try db.cachedStatement(sql: "UPDATE blocked SET attempts = attempts + 1, due = ?, reason = ? WHERE id = ?")
            .execute(arguments: [now.advanced(by: pause).milliseconds, reason, blocked.id])
    }

    private static let longestPause: Duration = .seconds(300)

    /// Moves retries that are due after the longest pause to its end: the clock was set back after they were
    /// scheduled.
    func capRetryTimes() throws {
        let latest = now.advanced(by: Self.longestPause).milliseconds
        try db.cachedStatement(sql: "UPDATE blocked SET due = ?1 WHERE due > ?1 AND due < ?2")
            .execute(arguments: [latest, Int64.max])
    }
}
