import Contracts
import Crypto
import GRDB
import Logging

/// Messages that the broker has delivered several times without getting an ack: one of them may be what ends the
/// process each time, and all others in hand are delivered again with it. Each is recorded and then handled alone, so
/// that the next life of the process knows which one it was.
extension BatchCommitter {
    /// If the batch is a suspect, records it before it is handled. A foreign one that was on record when the process
    /// ended, and has been delivered `MAX_ATTEMPTS` times before, becomes an input that is parked (contract section 7).
    /// Call it once for each batch.
    func judgingSuspect(_ batch: [PendingInput]) throws -> [PendingInput] {
        guard let pending = batch.first, let delivery = pending.input.suspect, pending.input.isCurrent,
            let ackToken = pending.input.ackToken
        else { return batch }
        let identity = delivery.identity
        let endedProcess = try file.pool.write { [ownership = file.ownership] db in
            try ownership.check(in: LedgerSnapshot(db))
            return try LedgerTransaction.recordSuspect(identity, in: db)
        }
        guard endedProcess else { return batch }
        logger.error(
            "The process ended while this message was handled; it is tried again alone",
            metadata: [
                LedgerLogKey.queue: "\(delivery.queue)", LedgerLogKey.messageID: "\(delivery.messageID ?? "")",
                LedgerLogKey.deliveries: "\(delivery.deliveryCount)",
            ])
        guard delivery.position == nil, delivery.deliveryCount >= settings.maxAttempts else { return batch }
        let reason = "the process ended while it was handled; it was delivered \(delivery.deliveryCount) times before"
        return [
            PendingInput(
                input: .unreadable(delivery, reason: reason, ackToken), submittedAt: pending.submittedAt)
        ] + batch.dropFirst()
    }
}

extension LedgerTransaction {
    /// Returns whether the same message was recorded already: then the process ended while it was handled.
    static func recordSuspect(_ identity: String, in db: Database) throws -> Bool {
        let recorded = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'suspect'")
        if recorded == identity { return true }
        try db.execute(
            sql: """
                INSERT INTO meta (name, value) VALUES ('suspect', ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, arguments: [identity])
        return false
    }

    /// The suspect is handled: it did not end the process.
    func clearSuspect() throws {
        try db.execute(sql: "DELETE FROM meta WHERE name = 'suspect'")
    }
}

extension StoredDelivery {
    /// The same for each delivery of the same message, in hexadecimal digits.
    fileprivate var identity: String {
        var digest = SHA256()
        for text in [queue, exchange, routingKey, messageID ?? "", bodyDigest ?? ""] {
            digest.update(data: Array(text.utf8) + [0])
        }
        digest.update(data: body)
        return Hexadecimal.digits(of: Array(digest.finalize()))
    }
}
