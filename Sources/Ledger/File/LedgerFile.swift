package import Contracts
import Foundation
package import GRDB

/// One partition's SQLite file, opened by its owner: locked, migrated, and durable across a power failure.
package final class LedgerFile: Sendable {
    package let address: Address
    package let pool: DatabasePool
    /// Increases whenever the file is created or restored; stream numbers begin again with it (contract section 4).
    package let epoch: Int64
    /// Whether the file was recognized as an older copy when it was opened.
    package let wasRestored: Bool
    /// The folder and the database, if other users of the machine have rights to them.
    package let exposedPaths: [String]
    let readers: ReaderPool
    private let lock: FileLock

    /// 16 MiB of pages in the memory of the writing connection.
    private static let cacheKibibytes = 16 * 1024
    /// A checkpoint every 16 MiB: a page that many commits changed is then copied once, and a restart still reads the
    /// WAL in an instant.
    private static let checkpointPages = 4096
    /// 32 MiB: a WAL that a large transaction or a long read made longer is cut to this after the next checkpoint.
    package static let journalBytes = 32 << 20

    package static func path(of address: Address, in directory: String) -> String {
        "\(directory)/\(address.service.rawValue)-\(address.partition.name).sqlite"
    }

    /// - Parameters:
    ///   - partitions: `PARTITIONS`; a file made with another number is refused.
    ///   - migrations: what the service adds to the ledger's own tables, in order; names never change.
    ///   - lockTimeout: how long to wait for another process that holds the file.
    /// - Throws: `LedgerError`, or a `DatabaseError` of SQLite.
    package init(
        address: Address, directory: String, partitions: Int, migrations: [LedgerMigration], now: Timestamp,
        lockTimeout: Duration = .zero
    ) throws {
        let path = Self.path(of: address, in: directory)
        self.address = address
        try PrivateFiles.createDirectory(directory)
        lock = try FileLock(path: path + ".lock", timeout: lockTimeout)
        // SQLite gives the files beside the database the mode of the database.
        PrivateFiles.create(path)
        exposedPaths = [directory, path].filter(PrivateFiles.isExposed)
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        pool = try DatabasePool(path: path, configuration: configuration)
        readers = ReaderPool(path: path)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL itself when it opens a WAL database, after `prepareDatabase`, and NORMAL could lose a
            // committed and acked message in a power failure. So FULL is set now, and read back.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
            try db.execute(sql: "PRAGMA journal_size_limit = \(Self.journalBytes)")
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
        let highest = HighWaterMark(parsing: lock.line)
        let opened = try pool.write { db in
            let epoch = try Self.claim(db, address: address, partitions: partitions, path: path, now: now)
            try FileTime.begin(db, now: now)
            return try HighWaterMark.beginEpochIfRestored(db, epoch: epoch, highest: highest, now: now)
        }
        epoch = opened.mark.epoch
        wasRestored = opened.wasRestored
        recordHighWaterMark(total: opened.mark.total)
    }

    /// Stores how far the file has advanced beside it, so that an older copy in its place is recognized.
    func recordHighWaterMark(total: Int64) {
        lock.write(line: HighWaterMark(epoch: epoch, total: total).description)
    }

    /// Closes all connections. The lock is released with the last reference to this value.
    package func close() {
        readers.close()
        // What is committed is on disk: a failure to close loses nothing.
        try? pool.close()
    }

    /// Checks that the file belongs to this partition, or claims a new one. Returns the file's epoch.
    private static func claim(
        _ db: Database, address: Address, partitions: Int, path: String, now: Timestamp
    ) throws -> Int64 {
        func storedValue(_ name: String, default value: String) throws -> String {
            let stored = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
            if let stored { return stored }
            try db.execute(sql: "INSERT INTO meta (name, value) VALUES (?, ?)", arguments: [name, value])
            return value
        }
        let owner = try storedValue("address", default: address.name)
        guard owner == address.name else {
            throw LedgerError(.foreignFile, "\(path) belongs to \(owner), not to \(address.name)")
        }
        let count = try storedValue("partitions", default: String(partitions))
        guard count == String(partitions) else {
            throw LedgerError(
                .foreignFile, "\(path) was made with PARTITIONS=\(count), and PARTITIONS is \(partitions) now")
        }
        let epoch = try storedValue("epoch", default: String(now.milliseconds))
        guard let number = Int64(epoch) else {
            throw LedgerError(.foreignFile, "\(path) has no readable epoch")
        }
        return number
    }
}
