import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
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
            #expect(file.epoch == 500)
            file.close()
        }
    }

    @Test func `a file that is not a database causes an error, not a crash`() throws {
        let folder = try TemporaryFolder("ledger")
        let path = LedgerFile.path(of: LedgerFixture.address, in: folder.path)
        try Data(String(repeating: "not a database. ", count: 500).utf8).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { try LedgerFixture.open(folder) }
    }

    @Test func `the path names the service and the partition`() {
        #expect(LedgerFile.path(of: LedgerFixture.address, in: "data") == "data/application-p00.sqlite")
    }
}
