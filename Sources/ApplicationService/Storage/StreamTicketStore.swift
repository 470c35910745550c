import Contracts
import Ledger

/// The stream tickets that were not redeemed yet, as digests.
struct StreamTicketStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    /// The name of a ticket's caller; nil if the ticket is unknown, used or expired.
    func caller(of digest: [UInt8], now: Timestamp) throws -> String? {
        try source.row("SELECT caller FROM stream_ticket WHERE digest = ? AND expires_at > ?", digest, now) {
            $0.text(0)
        }
    }
}

/// What only the writer's transaction does.
extension StreamTicketStore where Source == LedgerTransaction {
    /// How many expired tickets are deleted for each new one, so that their number stays bounded.
    private static var deletedPerTicket: Int { 10 }

    func insert(_ digest: [UInt8], of caller: ExactString, expiresAt: Timestamp) throws {
        try deleteExpired(limit: Self.deletedPerTicket)
        try source.execute(
            "INSERT INTO stream_ticket (digest, caller, expires_at) VALUES (?, ?, ?)", digest, caller.string,
            expiresAt)
    }

    /// Uses a ticket up.
    /// - Returns: the name of its caller; nil if it is unknown, used or expired.
    func redeem(_ digest: [UInt8]) throws -> String? {
        let caller = try caller(of: digest, now: source.now)
        try source.execute("DELETE FROM stream_ticket WHERE digest = ?", digest)
        return caller
    }

    /// Returns the number deleted, at most `limit`.
    @discardableResult
    func deleteExpired(limit: Int) throws -> Int {
        try source.execute(
            """
            DELETE FROM stream_ticket WHERE digest IN (
                SELECT digest FROM stream_ticket WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
            """, source.now, limit)
    }
}
