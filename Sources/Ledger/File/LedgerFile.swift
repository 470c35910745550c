package import Contracts
import Foundation
package import GRDB

/// One partition's SQLite file, opened by its owner: locked, migrated, and known to survive a power cut.
package final class LedgerFile: Sendable {
    package let address: Address
    package let pool: DatabasePool
    /// Grows whenever the file is created or restored; numbers in streams start again with it (contract section 4).
    package let epoch: Int64
    /// Whether it was found to be an older copy when it was opened.
    package let wasRestored: Bool
    let glances: ReaderPool
    private let lock: FileLock

    /// 16 MiB of pages are kept in memory by the one connection that writes.
    private static let cacheKibibytes = 16 * 1024
    /// With 16 MiB in the WAL it is copied into the file: a page that many commits changed is then copied once, and a
    /// restart still reads it in an instant.
    private static let checkpointPages = 4096

    package static func path(of address: Address, in directory: String) -> String {
        "\(directory)/\(address.service.rawValue)-\(address.partition.name).sqlite"
    }

    /// - Parameters:
    ///   - partitions: `PARTITIONS`; a file made with another number refuses to open.
    ///   - patience: how long to wait for another process that has the file.
    ///   - migrations: what the service adds to the ledger's own tables, in order; names are for ever.
    package init(
        address: Address, directory: String, partitions: Int, migrations: [LedgerMigration], now: Timestamp,
        patience: Duration = .zero
    ) throws {
        let path = Self.path(of: address, in: directory)
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw LedgerError(.storage, "cannot create the directory \(directory)")
        }
        self.address = address
        lock = try FileLock(path: path + ".lock", patience: patience)
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        pool = try DatabasePool(path: path, configuration: configuration)
        glances = ReaderPool(path: path)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL itself when it opens a WAL database, after any preparation of ours: a committed and
            // acked message would not survive a power cut. So FULL is set now, and read back.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw LedgerError(.unsafe, "SQLite did not accept PRAGMA synchronous = FULL")
            }
        }
        var migrator = DatabaseMigrator()
        for migration in LedgerMigration.ledger + migrations {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        if try pool.read(migrator.hasBeenSuperseded) {
            throw LedgerError(.newerSchema, "\(path) was made by a newer version")
        }
        try migrator.migrate(pool)
        let highest = HighWaterMark(parsing: lock.note)
        let standing = try pool.write { db in
            let known = try Self.claim(db, address: address, partitions: partitions, path: path, now: now)
            return try HighWaterMark.renewedIfRestored(db, epoch: known, highest: highest, now: now)
        }
        epoch = standing.epoch
        wasRestored = standing.wasRestored
        note(total: standing.total)
    }

    /// Notes beside the file how far it has got, so that an older copy in its place is known for one.
    func note(total: Int64) {
        lock.note(HighWaterMark(epoch: epoch, total: total).description)
    }

    /// After this nothing may use the file; the lock goes with the last reference to this value.
    package func close() {
        glances.close()
        // What is committed is on the disk already: a failure to close loses nothing.
        try? pool.close()
    }

    /// Reads back what the file says it is, or writes it into a new one. Returns the file's epoch.
    private static func claim(
        _ db: Database, address: Address, partitions: Int, path: String, now: Timestamp
    ) throws -> Int64 {
        func meta(_ name: String, _ value: String) throws -> String {
            let found = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
            if let found { return found }
            try db.execute(sql: "INSERT INTO meta (name, value) VALUES (?, ?)", arguments: [name, value])
            return value
        }
        let owner = try meta("address", address.name)
        guard owner == address.name else {
            throw LedgerError(.foreignFile, "\(path) belongs to \(owner), not to \(address.name)")
        }
        let count = try meta("partitions", String(partitions))
        guard count == String(partitions) else {
            throw LedgerError(
                .foreignFile, "\(path) was made with PARTITIONS=\(count), and PARTITIONS is \(partitions) now")
        }
        let epoch = try meta("epoch", String(now.milliseconds))
        guard let number = Int64(epoch) else {
            throw LedgerError(.foreignFile, "\(path) has no readable epoch")
        }
        return number
    }
}

/// A step of a file's schema: SQL that is never edited once it has shipped.
package struct LedgerMigration: Sendable {
    package let name: String
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}
