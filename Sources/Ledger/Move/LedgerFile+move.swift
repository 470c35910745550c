package import Contracts
import Foundation
import GRDB
import Synchronization

/// What a move writes into the file that it moves (contract section 3).
extension LedgerFile {
    /// The last commit of the partition in this process, if the move succeeds. The copy is complete if it shows the
    /// move's id: SQLite shows a commit only if every earlier one in the WAL is intact.
    package func seal(_ move: String) throws {
        try write(value: move, named: Self.sealName)
    }

    /// The decision: from this commit on the partition belongs to the other process, and this file is never served
    /// again. Throws if another process has taken the file, because this one was paused.
    package func markMoved(_ move: String, to process: String) throws {
        try write(value: "\(move) \(process)", named: Self.movedName)
    }

    private func write(value: String, named name: String) throws {
        try pool.write { [ownership] db in
            try ownership.check(in: LedgerSnapshot(db))
            try db.execute(sql: "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", arguments: [name, value])
        }
    }

    /// The move that a stopped partition's file was given away by, if it was.
    ///
    /// The caller holds the file's lock.
    package static func move(
        of address: Address, in directory: String
    ) throws -> (move: String, process: String)? {
        let path = path(of: address, in: directory)
        guard (DurableFiles.size(of: path) ?? 0) > 0 else { return nil }
        return try LedgerError.describingDamage(of: path) {
            let database = try DatabaseQueue(path: path)
            defer { try? database.close() }
            return try database.read { try Self.move($0) }
        }
    }

    static func checkNotMoved(_ db: Database, path: String) throws {
        guard let (_, process) = try move(db) else { return }
        throw LedgerError(.moved, "\(path) was moved to \(process), and must not be served here")
    }

    private static func move(_ db: Database) throws -> (move: String, process: String)? {
        guard try db.tableExists("meta"),
            let value = try String.fetchOne(
                db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [movedName])
        else { return nil }
        let words = value.split(separator: " ", maxSplits: 1).map(String.init)
        return (words.first ?? "", words.count == 2 ? words[1] : "another process")
    }

    /// Makes a file that was given away one that can be served.
    static func forgetMove(_ db: Database) throws {
        try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [movedName])
    }

    /// The move for which the file was sealed last; nil if there was none.
    package func lastSealedMove() async throws -> String? {
        try await pool.read { try Self.sealedMove($0) }
    }

    /// The move whose copy this is; nil if it is not complete.
    static func sealedMove(_ db: Database) throws -> String? {
        guard try db.tableExists("meta") else { return nil }
        return try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [sealName])
    }

    private static let sealName = "move"
    private static let movedName = "moved"

    /// Puts the file of a partition that was moved away under another name: it is kept, and is not in the way when the
    /// partition comes back. It may be called again.
    ///
    /// The caller holds the partition's lock, and the file is closed.
    /// - Parameter time: part of the other name, e.g. `20261126T211500Z`.
    /// - Returns: where it is kept; nil if there was none.
    @discardableResult
    package static func setAside(_ address: Address, in directory: String, at time: String) throws -> String? {
        let path = path(of: address, in: directory)
        guard DurableFiles.size(of: path) != nil else { return nil }
        return try ReplacedFile.keep(path, as: "\(path).moved-\(time)")
    }

    // MARK: - Reading the database as it is

    /// Opens the database once; it is closed after SQLite has closed it.
    func openForReading() throws {
        try rawDescriptor.withLock { descriptor in
            guard descriptor == nil else { return }
            let opened = open(path, O_RDONLY | O_CLOEXEC)
            guard opened >= 0 else { throw DurableFiles.failure("open \(path)") }
            descriptor = opened
        }
    }

    func bytes(at offset: Int64, count: Int) throws -> [UInt8] {
        try rawDescriptor.withLock { descriptor in
            guard let descriptor else { throw LedgerError(.stopped, "the file is closed") }
            return try RawFile.read(descriptor, at: offset, count: count, path)
        }
    }
}
