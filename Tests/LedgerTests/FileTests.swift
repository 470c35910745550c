import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@Suite struct FileTests {
    @Test func `a committed message survives a power failure: synchronous is FULL, the journal is a WAL`() throws {
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder)
        defer { file.close() }
        let (synchronous, journal) = try file.pool.writeWithoutTransaction { db in
            (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
    }

    @Test func `a write-ahead log that became large is cut after a checkpoint`() throws {
        let folder = try TemporaryFolder("ledger")
        let file = try LedgerFixture.open(folder)
        defer { file.close() }
        let log = LedgerFile.path(of: LedgerFixture.address, in: folder.path) + "-wal"
        func size() throws -> Int {
            try #require(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int)
        }
        func write(bytes: Int) throws {
            try file.pool.write { db in
                try db.execute(sql: "INSERT INTO log (line) VALUES (zeroblob(?))", arguments: [bytes])
            }
        }
        try write(bytes: LedgerFile.journalBytes + (4 << 20))
        #expect(try size() > LedgerFile.journalBytes)
        try file.pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
        // The log begins anew with the next commit.
        try write(bytes: 1)
        #expect(try size() <= LedgerFile.journalBytes)
    }

    @Test func `a second process cannot open the file until the first has closed it`() throws {
        let folder = try TemporaryFolder("ledger")
        do {
            let file = try LedgerFixture.open(folder)
            #expect(code { _ = try LedgerFixture.open(folder) } == .locked)
            file.close()
        }
        #expect(code { try LedgerFixture.open(folder).close() } == nil)
    }

    @Test func `a file of another number of partitions, or of another partition, is refused`() throws {
        let folder = try TemporaryFolder("ledger")
        try LedgerFixture.open(folder, partitions: 2).close()
        #expect(code { _ = try LedgerFixture.open(folder, partitions: 3) } == .foreignFile)
        let path = LedgerFile.path(of: LedgerFixture.address, in: folder.path)
        let other = Address(service: .waitlist, partition: Partition(number: 0))
        try FileManager.default.copyItem(atPath: path, toPath: LedgerFile.path(of: other, in: folder.path))
        #expect(
            code {
                _ = try LedgerFile(
                    address: other, directory: folder.path, partitions: 2, migrations: [ScriptedHandler.migration],
                    now: Timestamp(milliseconds: 1))
            } == .foreignFile)
    }

    @Test func `a file of a newer version is refused`() throws {
        let folder = try TemporaryFolder("ledger")
        try LedgerFixture.open(folder, migrations: [ScriptedHandler.migration, .init("test-2", "SELECT 1")]).close()
        #expect(code { _ = try LedgerFixture.open(folder) } == .newerSchema)
    }

    @Test func `the epoch is set when the file is created`() throws {
        let folder = try TemporaryFolder("ledger")
        for now in [Int64(500), 900] {
            let file = try LedgerFile(
                address: LedgerFixture.address, directory: folder.path, partitions: 1, migrations: [],
                now: Timestamp(milliseconds: now))
            let epoch = try file.pool.read { db in
                try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'epoch'")
            }
            #expect(epoch == "500")
            file.close()
        }
    }

    @Test func `a file that is not a database causes an error, not a crash`() throws {
        let folder = try TemporaryFolder("ledger")
        let path = LedgerFile.path(of: LedgerFixture.address, in: folder.path)
        try Data(String(repeating: "not a database. ", count: 500).utf8).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { try LedgerFixture.open(folder) }
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `a new folder and all files in it are for their owner only`() async throws {
        let folder = try TemporaryFolder("ledger")
        let directory = folder.path + "/above/data"
        let file = try LedgerFile(
            address: LedgerFixture.address, directory: directory, partitions: 1, migrations: [],
            now: Timestamp(milliseconds: 1))
        defer { file.close() }
        #expect(try mode(directory) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(Set(names.map { $0.drop { $0 != "." } }) == [".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite.lock"])
        for name in names { #expect(try mode("\(directory)/\(name)") == 0o600, "\(name)") }
        #expect(file.exposedPaths == [])
    }

    @Test func `modes that exist are kept, and reported if others have rights`() throws {
        let folder = try TemporaryFolder("ledger")
        let path = LedgerFile.path(of: LedgerFixture.address, in: folder.path)
        try LedgerFixture.open(folder).close()
        for (path, mode) in [(folder.path, 0o750), (path, 0o640)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        let file = try LedgerFixture.open(folder)
        defer { file.close() }
        #expect(file.exposedPaths == [folder.path, path])
        #expect(try mode(folder.path) == 0o750)
        #expect(try mode(path) == 0o640)
    }

    @Test func `the path names the service and the partition`() {
        #expect(LedgerFile.path(of: LedgerFixture.address, in: "data") == "data/application-p00.sqlite")
    }
}
