import GRDB

/// Whether SQLite can read everything in the file.
extension LedgerFile {
    /// The largest file that is checked whole before it is used, in bytes. SQLite checks about as much in a second; a
    /// larger file is checked while it is in use.
    private static let openingCheckBytes = 256 << 20

    static func isCheckedAtOpening(_ path: String) -> Bool {
        (DurableFiles.size(of: path) ?? 0) + (DurableFiles.size(of: path + "-wal") ?? 0) <= openingCheckBytes
    }

    /// - Throws: `LedgerError.corrupt`, with what to do.
    static func checkIntegrity(_ db: Database, path: String) throws {
        // Without a comparison of indexes and tables, which takes several times as long.
        let result = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no result"
        guard result == "ok" else { throw LedgerError.damaged(path, result) }
    }

    /// Checks a file that was too large to be checked before it was opened; others are known to be sound. It reads the
    /// whole file, on a thread that may block, and does not hold up the writer.
    /// - Throws: `LedgerError.corrupt`, with what to do.
    package func checkIntegrityIfDeferred() async throws {
        guard !wasCheckedAtOpening else { return }
        try await pool.read { [path] db in
            try LedgerError.describingDamage(of: path) { try Self.checkIntegrity(db, path: path) }
        }
    }
}
