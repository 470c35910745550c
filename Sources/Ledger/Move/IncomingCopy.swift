package import Contracts
import Crypto
import Foundation
import GRDB
import Synchronization

/// A copy of a partition's file that arrives from another process: first its pieces, in any order, then its checks, and
/// at last it takes the place of the partition's file (contract section 3). It has names of its own until then.
package final class IncomingCopy: Sendable {
    package let address: Address
    private let directory: String
    private let lock: FileLock
    private let target: String
    /// Nil once closed.
    private let descriptors: Mutex<[FilePart: Int32]?>

    /// The note that a copy is complete.
    private struct Note: Codable {
        let move: String
        let process: String
    }

    /// A copy that was complete when the process ended.
    package struct Found: Sendable {
        package let copy: IncomingCopy
        package let move: String
        /// The process that had the partition.
        package let process: String
    }

    /// Holds the partition's lock until it is installed or discarded.
    /// - Parameter bytes: the size of the database.
    /// - Throws: `LedgerError`: `.exists` if the folder has a file of the partition; `.storage` if there is too little
    ///   space.
    package convenience init(of address: Address, in directory: String, bytes: Int64) throws {
        let lock = try LedgerFile.lock(address, in: directory)
        do {
            let target = LedgerFile.path(of: address, in: directory)
            guard (DurableFiles.size(of: target) ?? 0) == 0 else {
                throw LedgerError(.exists, "there is a file \(target) already")
            }
            if let free = DurableFiles.freeBytes(in: directory), free < bytes + Self.reserve {
                throw LedgerError(
                    .storage, "\(directory) has too little space: \(free) bytes for \(bytes) and a reserve")
            }
            try self.init(of: address, in: directory, lock: lock, creating: true)
        } catch {
            lock.release()
            throw error
        }
    }

    private init(of address: Address, in directory: String, lock: FileLock, creating: Bool) throws {
        self.address = address
        self.directory = directory
        self.lock = lock
        let target = LedgerFile.path(of: address, in: directory)
        self.target = target
        guard creating else {
            descriptors = Mutex(nil)
            return
        }
        Self.removeFiles(of: target)
        var opened: [FilePart: Int32] = [:]
        for part in FilePart.allCases {
            let path = Self.path(of: part, target)
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                for descriptor in opened.values { close(descriptor) }
                throw DurableFiles.failure("create \(path)")
            }
            opened[part] = descriptor
        }
        descriptors = Mutex(opened)
    }

    /// For what the partition writes while it is copied, and afterwards.
    private static let reserve: Int64 = 64 << 20

    private static func path(of part: FilePart, _ target: String) -> String {
        switch part {
        case .database: target + ".arriving"
        case .log: target + ".arriving-wal"
        }
    }

    private static func notePath(_ target: String) -> String { target + ".arriving.json" }

    // MARK: - Arriving

    package func write(_ bytes: [UInt8], to part: FilePart, at offset: Int64) throws {
        try withDescriptor(of: part) { try RawFile.write(bytes, $0, at: offset, Self.path(of: part, target)) }
    }

    /// Checks and syncs a part.
    /// - Throws: `LedgerError.corrupt` if it is not what the other process has.
    package func check(_ part: FilePart, bytes: Int64, checksum: String) throws {
        let path = Self.path(of: part, target)
        try withDescriptor(of: part) { descriptor in
            guard ftruncate(descriptor, off_t(bytes)) == 0, fsync(descriptor) == 0 else {
                throw DurableFiles.failure("sync \(path)")
            }
        }
        let (digits, count) = try DurableFiles.checksum(of: path)
        guard digits == checksum, count == bytes else {
            throw LedgerError(.corrupt, "the checksum of the copied \(part.rawValue) differs")
        }
    }

    private func withDescriptor(of part: FilePart, _ body: (Int32) throws -> Void) throws {
        try descriptors.withLock { descriptors in
            guard let descriptor = descriptors?[part] else { throw LedgerError(.stopped, "the copy is closed") }
            try body(descriptor)
        }
    }

    /// Checks what the copy contains, and notes durably that it is complete.
    /// - Throws: `LedgerError`, if it is not complete, or does not belong here.
    package func complete(
        _ move: String, from process: String, partitions: Int, migrations: [LedgerMigration]
    ) throws {
        closeDescriptors()
        let path = Self.path(of: .database, target)
        try LedgerError.describingDamage(of: path) {
            var configuration = Configuration()
            // It leaves the WAL as it is.
            configuration.readonly = true
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read { db in
                guard try LedgerFile.sealedMove(db) == move else {
                    throw LedgerError(.corrupt, "the copy lacks the last commit")
                }
                try LedgerFile.checkOwner(db, address: address, partitions: partitions, path: path)
                try LedgerFile.checkVersion(db, migrations: migrations, path: path)
                try LedgerFile.checkNotMoved(db, path: path)
            }
            try database.close()
        }
        try DurableFiles.sync(directory)
        try NoteFile.write(Note(move: move, process: process), to: Self.notePath(target))
    }

    // MARK: - The end

    /// The other process has given the partition away: notes durably that it is here. From then on ``install()`` is
    /// all that is left to do, also after a crash.
    package func place(_ move: String, from process: String, at now: Timestamp) throws {
        try Placement(.here, move: move, process: process, at: now, isTaken: true).write(of: address, in: directory)
    }

    /// Gives the copy the names of the partition's file, and releases the lock. It may be called again after a crash.
    package func install() throws {
        closeDescriptors()
        let arrived = Self.path(of: .database, target)
        if DurableFiles.size(of: arrived) != nil {
            try DurableFiles.remove(arrived + "-shm")
            let log = Self.path(of: .log, target)
            // The WAL first: a database without its WAL could be taken for complete.
            if DurableFiles.size(of: log) != nil {
                for suffix in ["-wal", "-shm", ""] { try DurableFiles.remove(target + suffix) }
                try DurableFiles.move(log, to: target + "-wal")
            }
            try DurableFiles.move(arrived, to: target)
        }
        try DurableFiles.remove(Self.notePath(target))
        lock.release()
    }

    /// Removes the copy, and releases the lock.
    package func discard() {
        closeDescriptors()
        Self.removeFiles(of: target)
        lock.release()
    }

    /// Keeps a complete copy under another name: the process that it came from has not said what became of its move.
    package func setAside(at time: String) throws {
        closeDescriptors()
        let path = Self.path(of: .database, target)
        for suffix in ["", "-wal"] where DurableFiles.size(of: path + suffix) != nil {
            try DurableFiles.move(path + suffix, to: "\(target).unconfirmed-\(time)\(suffix)")
        }
        discard()
    }

    private func closeDescriptors() {
        descriptors.withLock { descriptors in
            for descriptor in (descriptors ?? [:]).values { close(descriptor) }
            descriptors = nil
        }
    }

    private static func removeFiles(of target: String) {
        // The note first: without it the others are remains.
        try? DurableFiles.remove(notePath(target))
        for part in FilePart.allCases { unlink(path(of: part, target)) }
        unlink(path(of: .database, target) + "-shm")
    }

    // MARK: - After a restart

    /// Finishes or removes what a process that ended has left of a copy to this folder.
    /// - Returns: a complete copy, about which the other process must be asked; nil if there is none.
    package static func found(of address: Address, in directory: String) throws -> Found? {
        let target = LedgerFile.path(of: address, in: directory)
        let hasRemains = FileManager.default.fileExists(atPath: path(of: .database, target))
        guard let note: Note = try NoteFile.read(notePath(target)) else {
            if hasRemains, let lock = try? LedgerFile.lock(address, in: directory) {
                removeFiles(of: target)
                lock.release()
            }
            return nil
        }
        // Another process of the folder may be the one that asks.
        guard let lock = try? LedgerFile.lock(address, in: directory) else { return nil }
        let copy = try IncomingCopy(of: address, in: directory, lock: lock, creating: false)
        if try Placement.of(address, in: directory).map({ $0.place == .here && $0.move == note.move }) ?? false {
            try copy.install()
            return nil
        }
        return Found(copy: copy, move: note.move, process: note.process)
    }
}
