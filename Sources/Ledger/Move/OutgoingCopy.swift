import Contracts
import Crypto
import Foundation
import GRDB
import Synchronization

/// Reads a partition's file for a move, byte by byte, while the partition is served (contract section 3).
///
/// At its beginning the WAL is emptied, and a transaction begins that reads. Until that ends SQLite cannot checkpoint:
/// the database does not change, and the WAL only grows by what is committed. So both are read as they are, in any
/// order, and together they are the partition as of its last commit.
package final class OutgoingCopy: Sendable {
    package let databaseBytes: Int64
    private let file: LedgerFile
    private let snapshot: DatabaseQueue
    private let walPath: String
    private let wal: Mutex<WALReader>
    private let hasEnded = Mutex(false)

    /// - Throws: `LedgerError.locked` if something reads the file for longer than a moment, e.g. a backup.
    package init(of file: LedgerFile) throws {
        self.file = file
        walPath = file.path + "-wal"
        var snapshot: DatabaseQueue?
        for attempt in 1...Self.attempts {
            if attempt > 1 { Thread.sleep(forTimeInterval: Self.pause) }
            snapshot = try file.pool.writeWithoutTransaction { db in
                try Self.begin(db, path: file.path)
            }
            if snapshot != nil { break }
        }
        guard let snapshot else {
            throw LedgerError(.locked, "\(file.address) is being read, by a backup perhaps; try again later")
        }
        self.snapshot = snapshot
        databaseBytes = DurableFiles.size(of: file.path) ?? 0
        wal = Mutex(WALReader(path: walPath))
        do {
            try file.openForReading()
        } catch {
            Self.end(snapshot, in: file)
            throw error
        }
        file.endOfCopy.withLock { $0 = { [weak self] in self?.end() } }
    }

    private static let attempts = 20
    private static let pause = 0.1

    /// The writer waits until it returns.
    /// - Returns: nil if the WAL is in use by another reader.
    private static func begin(_ db: Database, path: String) throws -> DatabaseQueue? {
        var begun: DatabaseQueue?
        // Later checkpoints could do nothing, and would search the WAL after each commit.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        defer { if begun == nil { try? LedgerFile.checkpointByItself(db) } }
        // It would wait for readers as long as the writer waits for a lock, and everyone for it.
        try db.execute(sql: "PRAGMA busy_timeout = 100")
        let isBusy = try Bool.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? true
        try db.execute(sql: "PRAGMA busy_timeout = \(LedgerFile.busySeconds * 1_000)")
        guard !isBusy else { return nil }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        let snapshot = try DatabaseQueue(path: path, configuration: configuration)
        try snapshot.inDatabase { db in
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT id FROM holder WHERE id = 1")
        }
        // Only then it reads the database alone, and SQLite does not write to that.
        if DurableFiles.size(of: path + "-wal") ?? 0 == 0 { begun = snapshot }
        return begun
    }

    deinit { end() }

    /// SQLite may checkpoint again. Call it before the file is closed.
    package func end() {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        if isFirst { Self.end(snapshot, in: file) }
    }

    private static func end(_ snapshot: DatabaseQueue, in file: LedgerFile) {
        // What it fails to end, it ends when it is deallocated; and a file that is closed needs no checkpoints.
        try? snapshot.inDatabase { try $0.execute(sql: "ROLLBACK") }
        try? snapshot.close()
        try? file.pool.writeWithoutTransaction { try LedgerFile.checkpointByItself($0) }
    }

    // MARK: - Reading

    /// The length of the log up to the last commit.
    package func logBytes() throws -> Int64 {
        try wal.withLock { try $0.committedBytes() }
    }

    /// - Returns: fewer bytes only at the end of the part.
    package func bytes(of part: FilePart, at offset: Int64, count: Int) throws -> [UInt8] {
        switch part {
        case .database: try file.bytes(at: offset, count: min(count, Int(clamping: databaseBytes - offset)))
        case .log: try RawFile.withDescriptor(of: walPath) { try RawFile.read($0, at: offset, count: count, walPath) }
        }
    }

    /// The SHA-256 of the beginning of a part, in hexadecimal digits, read from the file again.
    package func checksum(of part: FilePart, bytes: Int64) throws -> String {
        var hash = SHA256()
        var offset: Int64 = 0
        while offset < bytes {
            let chunk = try self.bytes(of: part, at: offset, count: Int(min(RawFile.chunk, bytes - offset)))
            guard !chunk.isEmpty else { throw LedgerError(.storage, "\(file.path) is shorter than it was") }
            hash.update(data: chunk)
            offset += Int64(chunk.count)
        }
        return Hexadecimal.digits(of: Array(hash.finalize()))
    }
}
