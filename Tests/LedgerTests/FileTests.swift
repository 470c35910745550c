import Contracts
import Foundation
import GRDB
import Ledger
import Testing

@Suite struct FileTests {
    private func code(_ body: () throws -> Void) -> LedgerError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? LedgerError)?.code
        }
    }

    @Test func `a committed message survives a power cut: synchronous reads back FULL, journal is WAL`() throws {
        let folder = Folder()
        let file = try Room.open(folder)
        defer { file.close() }
        let (synchronous, journal) = try file.pool.writeWithoutTransaction { db in
            (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
    }

    @Test func `a second opener is refused, until the first has gone`() throws {
        let folder = Folder()
        do {
            let file = try Room.open(folder)
            #expect(code { _ = try Room.open(folder) } == .locked)
            file.close()
        }
        #expect(code { try Room.open(folder).close() } == nil)
    }

    @Test func `another number of partitions, or another owner, is refused`() throws {
        let folder = Folder()
        try Room.open(folder, partitions: 2).close()
        #expect(code { _ = try Room.open(folder, partitions: 3) } == .foreignFile)
        let mine = LedgerFile.path(of: Room.address, in: folder.path)
        let other = Address(service: .waitlist, partition: Partition(number: 0))
        try FileManager.default.copyItem(atPath: mine, toPath: LedgerFile.path(of: other, in: folder.path))
        #expect(
            code {
                _ = try LedgerFile(
                    address: other, directory: folder.path, partitions: 2, migrations: [ScriptedHandler.migration],
                    now: Timestamp(milliseconds: 1))
            } == .foreignFile)
    }

    @Test func `a file of a newer version is refused`() throws {
        let folder = Folder()
        try Room.open(folder, migrations: [ScriptedHandler.migration, .init("test-2", "SELECT 1")]).close()
        #expect(code { _ = try Room.open(folder) } == .newerSchema)
    }

    @Test func `the epoch is given once, when the file is created`() throws {
        let folder = Folder()
        for now in [Int64(500), 900] {
            let file = try LedgerFile(
                address: Room.address, directory: folder.path, partitions: 1, migrations: [],
                now: Timestamp(milliseconds: now))
            #expect(file.epoch == 500)
            file.close()
        }
    }

    @Test func `a file that is no database is an error, not a crash`() throws {
        let folder = Folder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let path = LedgerFile.path(of: Room.address, in: folder.path)
        try Data(String(repeating: "not a database. ", count: 500).utf8).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { try Room.open(folder) }
    }

    @Test func `a path of a partition says whose it is`() {
        #expect(LedgerFile.path(of: Room.address, in: "data") == "data/application-p00.sqlite")
    }
}
