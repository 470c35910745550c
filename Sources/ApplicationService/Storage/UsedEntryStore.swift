import Contracts
import Ledger

/// The entries to the page that were used, as digests, until they end by themselves.
struct UsedEntryStore {
    /// How many expired entries are deleted for each new one, so that their number stays bounded.
    private static let deletedPerEntry = 10

    let transaction: LedgerTransaction

    init(_ transaction: LedgerTransaction) {
        self.transaction = transaction
    }

    /// - Returns: whether this is the first use; false also for an entry that has ended.
    func insert(_ digest: [UInt8], expiresAt: Timestamp) throws -> Bool {
        try deleteExpired(limit: Self.deletedPerEntry)
        guard expiresAt > transaction.now else { return false }
        return try transaction.execute(
            "INSERT INTO used_entry (digest, expires_at) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", digest,
            expiresAt) == 1
    }

    /// Returns the number deleted, at most `limit`.
    @discardableResult
    func deleteExpired(limit: Int) throws -> Int {
        try transaction.execute(
            """
            DELETE FROM used_entry WHERE digest IN (
                SELECT digest FROM used_entry WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
            """, transaction.now, limit)
    }
}
