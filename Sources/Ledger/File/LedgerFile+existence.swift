package import Contracts
import GRDB

extension LedgerFile {
    /// Whether the partition has a file with content. One of which a process has only created the first page has none.
    ///
    /// Call it only as the partition's owner: it opens the file.
    /// - Throws: `LedgerError.corrupt` for a damaged file, with what to do.
    package static func exists(_ address: Address, in directory: String) throws -> Bool {
        let path = path(of: address, in: directory)
        guard (DurableFiles.size(of: path) ?? 0) > 0 else { return false }
        return try LedgerError.describingDamage(of: path) {
            let database = try DatabaseQueue(path: path)
            defer { try? database.close() }
            return try database.read { db in
                guard try db.tableExists("meta") else { return false }
                return try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'address')") ?? false
            }
        }
    }

    /// The partition has had a file, and there is none now.
    package static func lost(_ address: Address, in directory: String) -> LedgerError {
        LedgerError(
            .lostFile,
            """
            \(path(of: address, in: directory)) is missing or empty, but \(address) has had a file: put a backup in \
            its place with `restore DIR`, or start with --accept-empty to begin with a new one
            """)
    }
}
