package import Contracts
import Foundation
package import GRDB
import Synchronization

/// One partition's SQLite file, opened by its owner: locked, migrated, and durable across a power failure.
package final class LedgerFile: Sendable {
    package let address: Address
    /// `PARTITIONS`.
    let partitions: Int
    /// Checked in every transaction.
    package let ownership: FileOwnership
    package let pool: DatabasePool
    /// The folder and the database, if other users of the machine have rights to them.
    package let exposedPaths: [String]
    let readers: ReaderPool
    let path: String
    let wasCheckedAtOpening: Bool
    private let lock: FileLock
    /// Of the database, once a move has read it (``RawFile``).
    let rawDescriptor = Mutex<Int32?>(nil)
    /// Ends the copy that a move is making, so that the WAL can be emptied.
    let endOfCopy = Mutex<(@Sendable () -> Void)?>(nil)

    /// How long a connection waits for another one.
    static let busySeconds = 5
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
    ///   - breaksLock: whether to take the file after that from a process that has lost the partition, and is paused.
    ///   - isVerified: whether everything in the file was compared with what another process had; then its integrity is
    ///     checked while it is in use.
    /// - Throws: `LedgerError`, or a `DatabaseError` of SQLite.
    package init(
        address: Address, directory: String, partitions: Int, migrations: [LedgerMigration], now: Timestamp,
        lockTimeout: Duration = .zero, breaksLock: Bool = false, isVerified: Bool = false
    ) throws {
        let path = Self.path(of: address, in: directory)
        self.address = address
        self.partitions = partitions
        self.path = path
        let ownership = FileOwnership(.current(), path: path)
        self.ownership = ownership
        try PrivateFiles.createDirectory(directory)
        lock = try Self.lock(address, in: directory, timeout: lockTimeout, breaksLock: breaksLock)
        // SQLite gives the files beside the database the mode of the database.
        PrivateFiles.create(path)
        exposedPaths = [directory, path].filter(PrivateFiles.isExposed)
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(TimeInterval(Self.busySeconds))
        let checksNow = !isVerified && Self.isCheckedAtOpening(path)
        wasCheckedAtOpening = checksNow
        pool = try LedgerError.describingDamage(of: path) {
            let pool = try DatabasePool(path: path, configuration: configuration)
            if checksNow {
                try pool.writeWithoutTransaction { db in
                    try Self.checkIntegrity(db, path: path)
                    // What was read for the check alone.
                    db.releaseMemory()
                }
            }
            return pool
        }
        readers = ReaderPool(path: path, ownership: ownership)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL itself when it opens a WAL database, after `prepareDatabase`, and NORMAL could lose a
            // committed and acked message in a power failure. So FULL is set now, and read back.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
            try Self.checkpointByItself(db)
            try db.execute(sql: "PRAGMA journal_size_limit = \(Self.journalBytes)")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw LedgerError(.unsafe, "SQLite did not accept PRAGMA synchronous = FULL")
            }
        }
        try pool.read { db in
            try Self.checkVersion(db, migrations: migrations, path: path)
            try Self.checkNotMoved(db, path: path)
        }
        try Self.migrator(migrations).migrate(pool)
        try pool.write { db in
            try Self.claim(db, address: address, partitions: partitions, path: path, now: now)
            try FileTime.begin(db, now: now)
            try ownership.take(db)
        }
    }

    /// Closes all connections and releases the lock. The database alone remains, with everything in it, so that it can
    /// be copied or moved as it is.
    package func close() {
        readers.close()
        endOfCopy.withLock(\.self)?()
        let isOurs = (try? pool.write { try ownership.release($0) }) ?? true
        // What is committed is on disk: a failure to close loses nothing.
        try? pool.close()
        // The pool closes its writer before its readers, which cannot move what is in the WAL into the database. The
        // last connection that can write does, and removes the WAL. In a file that another process has taken, that is
        // for the other one to do: two processes that checkpoint can damage it.
        if isOurs, let last = try? DatabaseQueue(path: path) {
            try? last.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            try? last.close()
        }
        rawDescriptor.withLock { descriptor in
            if let descriptor { Foundation.close(descriptor) }
            descriptor = nil
        }
        lock.release()
    }

    static func checkpointByItself(_ db: Database) throws {
        try db.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
    }

    /// Its size with its WAL, in bytes.
    package var bytesOnDisk: Int64 {
        ["", "-wal"].reduce(0) { $0 + (DurableFiles.size(of: path + $1) ?? 0) }
    }

    /// Makes the folder of the files, for its owner alone, if it does not exist.
    package static func createFolder(_ directory: String) throws(LedgerError) {
        try PrivateFiles.createDirectory(directory)
    }

    /// Holds the partition's lock in this folder, which exists.
    package static func lock(
        _ address: Address, in directory: String, timeout: Duration = .zero, breaksLock: Bool = false
    ) throws(LedgerError) -> FileLock {
        try FileLock(path: path(of: address, in: directory) + ".lock", timeout: timeout, breaksLock: breaksLock)
    }

    private static func migrator(_ migrations: [LedgerMigration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in LedgerMigration.ledger + migrations {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        return migrator
    }

    /// - Throws: `LedgerError.newerSchema`.
    static func checkVersion(_ db: Database, migrations: [LedgerMigration], path: String) throws {
        guard try !migrator(migrations).hasBeenSuperseded(db) else {
            throw LedgerError(.newerSchema, "\(path) was made by a newer version")
        }
    }

    /// Checks that the file belongs to this partition, or claims a new one.
    private static func claim(
        _ db: Database, address: Address, partitions: Int, path: String, now: Timestamp
    ) throws {
        func storedValue(_ name: String, default value: String) throws -> String {
            let stored = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
            if let stored { return stored }
            try db.execute(sql: "INSERT INTO meta (name, value) VALUES (?, ?)", arguments: [name, value])
            return value
        }
        _ = try storedValue("address", default: address.name)
        _ = try storedValue("partitions", default: String(partitions))
        try checkOwner(db, address: address, partitions: partitions, path: path)
        let epoch = try storedValue("epoch", default: String(now.milliseconds))
        guard Int64(epoch) != nil else { throw LedgerError(.foreignFile, "\(path) has no readable epoch") }
    }

    /// - Throws: `LedgerError.foreignFile` for a file of another partition, or of another number of partitions.
    static func checkOwner(_ db: Database, address: Address, partitions: Int, path: String) throws {
        let values = Dictionary(
            uniqueKeysWithValues: try Row.fetchAll(db, sql: "SELECT name, value FROM meta").map {
                ($0[0] as String, $0[1] as String)
            })
        try checkOwner(values, address: address, partitions: partitions, path: path)
    }

    /// - Parameter values: the table `meta`.
    static func checkOwner(_ values: [String: String], address: Address, partitions: Int, path: String) throws {
        let owner = values["address"] ?? "no partition"
        guard owner == address.name else {
            throw LedgerError(.foreignFile, "\(path) belongs to \(owner), not to \(address.name)")
        }
        let count = values["partitions"] ?? "none"
        guard count == String(partitions) else {
            throw LedgerError(
                .foreignFile, "\(path) was made with PARTITIONS=\(count), and PARTITIONS is \(partitions) now")
        }
    }
}
