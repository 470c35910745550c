import Contracts
import Foundation
import GRDB
import Ledger
import Synchronization
import TestSupport
import Testing

/// A partition's file can be copied and put back (contract section 7).
@Suite struct BackupTests {
    private let folder: TemporaryFolder
    private let other: TemporaryFolder
    private var path: String { LedgerFile.path(of: LedgerFixture.address, in: folder.path) }
    private var backup: Backup { Backup(of: LedgerFixture.address, in: other.path) }

    init() throws {
        folder = try TemporaryFolder("ledger")
        other = try TemporaryFolder("backup")
    }

    private func files(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func error(_ body: () throws -> Void) -> LedgerError? {
        do {
            try body()
            return nil
        } catch {
            return error as? LedgerError
        }
    }

    private func stage(
        in folder: String, partitions: Int = 1, migrations: [LedgerMigration] = [ScriptedHandler.migration]
    ) throws -> StagedBackup {
        try backup.stage(in: folder, partitions: partitions, migrations: migrations)
    }

    private func log(_ path: String) throws -> [String] {
        let database = try DatabaseQueue(path: path)
        return try database.read { try String.fetchAll($0, sql: "SELECT line FROM log ORDER BY id") }
    }

    @Test func `after a stop the database alone remains, with everything in it`() async throws {
        try await withLedger(in: folder) { ledger in
            ledger.writer.submit(try (1...3).map { try .streamed($0, "v\($0)", ledger.acks) })
            try await ledger.runOnce()
            _ = try ledger.file.pointRead { _ in 0 }
            #expect(try files(in: folder).count > 1)
        }
        #expect(try files(in: folder) == ["application-p00.sqlite"])
        let copy = other.path + "/copy.sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        #expect(try log(copy).count == 3)
    }

    @Test func `a lock that was released is free, and one whose file was removed excludes others all the same`() throws
    {
        let first = try LedgerFile.lock(LedgerFixture.address, in: folder.path)
        #expect(error { _ = try LedgerFile.lock(LedgerFixture.address, in: folder.path) }?.code == .locked)
        first.release()
        first.release()
        let second = try LedgerFile.lock(LedgerFixture.address, in: folder.path)
        #expect(error { _ = try LedgerFile.lock(LedgerFixture.address, in: folder.path) }?.code == .locked)
        second.release()
        #expect(try files(in: folder) == [])
    }

    @Test func `a backup of a file in use is one commit, complete, and does not hold up the writer`() async throws {
        try await withLedger(in: folder) { ledger in
            ledger.writer.submit(try (1...100).map { try .streamed($0, "v\($0)", ledger.acks) })
            try await ledger.runOnce()
            let folder = folder
            async let written = backup.write(from: folder.path)
            ledger.writer.submit(try (101...200).map { try .streamed($0, "v\($0)", ledger.acks) })
            try await ledger.runOnce()
            let (bytes, checksum) = try await written
            #expect(try files(in: other) == ["application-p00.sqlite", "application-p00.sqlite.sha256"])
            let line = try String(contentsOfFile: backup.path + ".sha256", encoding: .utf8)
            #expect(line == "\(checksum)  application-p00.sqlite\n")
            let attributes = try FileManager.default.attributesOfItem(atPath: backup.path)
            #expect(attributes[.size] as? Int64 ?? 0 == bytes && bytes > 0)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let copied = try log(backup.path).count
            #expect((100...200).contains(copied), "\(copied)")
            #expect(error { _ = try backup.write(from: folder.path) }?.code == .exists)
        }
        #expect(try log(path).count == 200)
    }

    @Test func `commits go on while a large backup is written, and a stop of the service ends it`() async throws {
        try await withLedger(in: folder) { ledger in
            try await ledger.writer.perform { transaction in
                for _ in 1...60 {
                    try transaction.db.execute(sql: "INSERT INTO log (line) VALUES (hex(randomblob(500000)))")
                }
            }
            let partial = backup.path + ".partial"
            let copying = BackgroundBackup(backup, from: folder.path)
            /// The copy's size before and after each commit.
            var sizes: [(before: Int64, after: Int64)] = []
            while copying.result == nil {
                let before = size(of: partial)
                try ledger.writer.wait { try $0.db.execute(sql: "INSERT INTO log (line) VALUES ('during')") }
                sizes.append((before, size(of: partial)))
            }
            let bytes = try #require(try copying.result?.get())
            #expect(bytes > 60_000_000)
            let during = sizes.count { $0.before > 0 && $0.after > 0 && $0.after < bytes }
            #expect(during > 0, "none of \(sizes.count) commits began and ended while the copy was being written")

            let interruption = BackupInterruption()
            let second = Backup(of: LedgerFixture.address, in: other.path + "/second")
            let interrupted = BackgroundBackup(second, from: folder.path, interruption)
            while interrupted.result == nil {
                if size(of: second.path + ".partial") > 0 { interruption.interrupt() }
            }
            #expect(throws: LedgerError.self) { try interrupted.result?.get() }
            #expect(try FileManager.default.contentsOfDirectory(atPath: other.path + "/second") == [])
            let later = error { _ = try second.write(from: folder.path, interruption: interruption) }
            #expect(later?.code == .storage, "it has ended for good")
        }
    }

    /// A backup that is written on a thread of its own. The test waits on its own thread too: the shared ones may all
    /// be busy with other tests until the backup is complete.
    private final class BackgroundBackup: Sendable {
        private let state = Mutex<Result<Int64, any Error>?>(nil)

        /// Its size in bytes; nil until it has ended.
        var result: Result<Int64, any Error>? { state.withLock { $0 } }

        init(
            _ backup: Backup, from folder: String, _ interruption: BackupInterruption = BackupInterruption()
        ) {
            let thread = Thread { [self] in
                let result = Result { try backup.write(from: folder, interruption: interruption).bytes }
                state.withLock { $0 = result }
            }
            thread.start()
        }
    }

    private func size(of path: String) -> Int64 {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64) ?? 0
    }

    @Test func `a folder that cannot be written, and a file that is not there, are errors that name them`() throws {
        try LedgerFixture.open(folder).close()
        let blocked = other.path + "/file"
        try Data().write(to: URL(filePath: blocked))
        let refusal = error { _ = try Backup(of: LedgerFixture.address, in: blocked).write(from: folder.path) }
        #expect(refusal?.code == .storage)
        #expect(refusal?.description.contains(blocked) == true)
        let missing = error { _ = try backup.write(from: other.path + "/nowhere") }
        #expect(missing?.code == .missing && missing?.description.contains("nowhere") == true)
        #expect(try files(in: other) == ["file"])
    }

    @Test func `the file of another partition, service or later version is refused`() throws {
        for (service, number) in [(ServiceName.application, 1), (.waitlist, 0)] {
            let address = Address(service: service, partition: Partition(number: number))
            let elsewhere = try TemporaryFolder("ledger")
            try LedgerFixture.open(elsewhere, address: address).close()
            try FileManager.default.copyItem(
                atPath: LedgerFile.path(of: address, in: elsewhere.path), toPath: backup.path)
            let refusal = try #require(error { _ = try stage(in: folder.path) })
            #expect(refusal.code == .foreignFile && refusal.description.contains(address.name))
            try FileManager.default.removeItem(atPath: backup.path)
        }
        try LedgerFixture.open(folder).close()
        _ = try backup.write(from: folder.path)
        #expect(error { _ = try stage(in: folder.path, migrations: []) }?.code == .newerSchema)
        #expect(try files(in: folder) == ["application-p00.sqlite"])
    }

    @Test func `a restored backup replaces the file, which is kept`() async throws {
        try await withLedger(in: folder) { ledger in
            ledger.writer.submit(try .streamed(1, "kept", ledger.acks))
            try await ledger.runOnce()
            _ = try backup.write(from: folder.path)
            ledger.writer.submit(try .streamed(2, "lost", ledger.acks))
            try await ledger.runOnce()
        }
        let staged = try stage(in: folder.path)
        let kept = try staged.replace(at: "now")
        #expect(kept == path + ".replaced-now")
        #expect(try log(path).count == 1)
        #expect(try log(path + ".replaced-now").count == 2)
        #expect(try stage(in: other.path + "/new").replace(at: "now") == nil)
        try await withLedger(in: folder) { ledger in
            let lines = try ledger.log
            #expect(lines.count == 1)
        }
    }

    @Test func `what is not a complete backup of this partition is refused, and nothing is left of it`() throws {
        try LedgerFixture.open(folder).close()
        func stage(partitions: Int = 1) -> LedgerError? {
            error { _ = try self.stage(in: folder.path, partitions: partitions) }
        }
        #expect(stage()?.code == .missing)
        _ = try backup.write(from: folder.path)
        #expect(stage(partitions: 2)?.code == .foreignFile)
        let whole = try Data(contentsOf: URL(filePath: backup.path))
        let url = URL(filePath: backup.path)

        try (whole + [0]).write(to: url)
        #expect(stage()?.description.contains("does not have the checksum") == true)
        try FileManager.default.removeItem(atPath: backup.path + ".sha256")
        // Without a checksum SQLite says what is wrong.
        var damaged = whole
        for index in 4096..<8192 { damaged[index] = 0x5A }
        for content in [damaged, whole.prefix(whole.count / 2), Data("no database, but long enough for a header".utf8)]
        {
            try content.write(to: url)
            let refusal = try #require(stage())
            #expect(refusal.code == .corrupt)
            #expect(refusal.description.contains("is damaged"))
            #expect(refusal.description.contains(backup.path))
        }
        try Data().write(to: url)
        #expect(stage()?.code == .foreignFile)
        try whole.write(to: url)
        try Data([1]).write(to: URL(filePath: backup.path + "-wal"))
        #expect(stage()?.description.contains("-wal exists") == true)
        #expect(try files(in: folder) == ["application-p00.sqlite"])
    }

    @Test func `a damaged file is not opened, and the error says what to do`() throws {
        try LedgerFixture.open(folder).close()
        let whole = try Data(contentsOf: URL(filePath: path))
        var damaged = whole
        for index in 4096..<8192 { damaged[index] = 0x5A }
        for content in [damaged, whole.prefix(whole.count / 2), Data(repeating: 0x41, count: 9000)] {
            try content.write(to: URL(filePath: path))
            let refusal = try #require(error { _ = try LedgerFixture.open(folder, lockTimeout: .seconds(3)) })
            #expect(refusal.code == .corrupt)
            #expect(refusal.description.contains("restore DIR"))
        }
    }
}
