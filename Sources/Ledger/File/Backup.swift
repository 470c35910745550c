package import Contracts
import Crypto
import Foundation
import GRDB

/// A copy of one partition's file in a folder of backups: a database that is complete by itself, with its SHA-256
/// beside it in the format of `sha256sum`.
package struct Backup: Sendable {
    package let address: Address
    package let directory: String

    package init(of address: Address, in directory: String) {
        self.address = address
        self.directory = directory
    }

    package var path: String { LedgerFile.path(of: address, in: directory) }
    var checksumPath: String { path + ".sha256" }

    /// Copies the partition's file as of one commit, while the service runs or not. Its writer is not held up; only the
    /// WAL is not cut before the copy is complete.
    /// - Parameter dataDirectory: the folder of the original.
    /// - Returns: the copy's size in bytes, and its SHA-256 in hexadecimal digits.
    /// - Throws: `LedgerError`: `.exists` if the folder contains a backup of this partition already, `.missing` if
    ///   there is nothing to copy.
    package func write(
        from dataDirectory: String, interruption: BackupInterruption = BackupInterruption()
    ) throws -> (bytes: Int64, checksum: String) {
        let original = LedgerFile.path(of: address, in: dataDirectory)
        guard FileManager.default.fileExists(atPath: original) else {
            throw LedgerError(.missing, "there is no \(original) to back up")
        }
        try PrivateFiles.createDirectory(directory)
        // A checksum without a backup is of one that was interrupted at its end.
        if FileManager.default.fileExists(atPath: path) {
            throw LedgerError(.exists, "\(path) exists already; choose another folder for this backup")
        }
        let partial = path + ".partial"
        try? FileManager.default.removeItem(atPath: partial)
        defer { try? FileManager.default.removeItem(atPath: partial) }
        // SQLite would create it with the mode of the umask.
        PrivateFiles.create(partial)
        try copy(original, to: partial, interruption)
        let (checksum, bytes) = try DurableFiles.checksum(of: partial)
        let name = URL(fileURLWithPath: path).lastPathComponent
        try DurableFiles.write("\(checksum)  \(name)\n", to: checksumPath)
        try DurableFiles.move(partial, to: path)
        return (bytes, checksum)
    }

    private func copy(_ original: String, to partial: String, _ interruption: BackupInterruption) throws {
        do {
            try LedgerError.describingDamage(of: original) {
                var configuration = Configuration()
                configuration.busyMode = .timeout(5)
                let database = try DatabaseQueue(path: original, configuration: configuration)
                try interruption.run(database) {
                    try database.writeWithoutTransaction { db in
                        try db.execute(sql: "VACUUM INTO ?", arguments: [partial])
                    }
                }
                try database.close()
            }
        } catch let error as DatabaseError {
            // The database or the copy: a full disk is more likely that of the copy.
            let reason = error.message ?? error.resultCode.description
            throw LedgerError(.storage, "cannot copy \(original) to \(path): \(reason)")
        }
    }

    /// Copies the backup beside the file that it will replace, and checks the copy: its checksum, if there is one, its
    /// integrity, that it belongs to this partition, and that this version can use it.
    /// - Parameters:
    ///   - partitions: `PARTITIONS`; a file made with another number is refused.
    ///   - migrations: the service's, as for `LedgerFile`.
    package func stage(
        in dataDirectory: String, partitions: Int, migrations: [LedgerMigration]
    ) throws -> StagedBackup {
        guard FileManager.default.fileExists(atPath: path) else {
            throw LedgerError(.missing, "there is no \(path)")
        }
        for suffix in ["-wal", "-journal"] where (DurableFiles.size(of: path + suffix) ?? 0) > 0 {
            throw LedgerError(
                .corrupt, "\(path)\(suffix) exists: this is a copy of a file in use, and not a backup made by `backup`")
        }
        try PrivateFiles.createDirectory(dataDirectory)
        let staged = StagedBackup(replacing: LedgerFile.path(of: address, in: dataDirectory))
        do {
            try DurableFiles.copy(path, to: staged.path)
            try checkChecksum(of: staged.path)
            try checkContent(of: staged.path, partitions, migrations)
        } catch {
            staged.discard()
            throw error
        }
        return staged
    }

    private func checkChecksum(of copy: String) throws {
        guard let line = try? String(contentsOfFile: checksumPath, encoding: .utf8) else { return }
        let (checksum, _) = try DurableFiles.checksum(of: copy)
        guard line.split(whereSeparator: \.isWhitespace).first.map(String.init) == checksum else {
            throw LedgerError(.corrupt, "\(path) does not have the checksum in \(checksumPath)")
        }
    }

    private func checkContent(of copy: String, _ partitions: Int, _ migrations: [LedgerMigration]) throws {
        try LedgerError.describingDamage(of: path) {
            let database = try DatabaseQueue(path: copy)
            try database.writeWithoutTransaction { db in
                try LedgerFile.checkIntegrity(db, path: path)
                guard try db.tableExists("meta") else {
                    throw LedgerError(.foreignFile, "\(path) is not a file of this software")
                }
                try LedgerFile.checkOwner(db, address: address, partitions: partitions, path: path)
                try LedgerFile.checkVersion(db, migrations: migrations, path: path)
                // Of a file that was kept when its partition was moved: an operator has decided otherwise.
                try LedgerFile.forgetMove(db)
            }
            try database.close()
        }
    }
}
