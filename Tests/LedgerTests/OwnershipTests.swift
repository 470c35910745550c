import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

/// Only the process that has taken a file last commits and reads (contract section 3).
@Suite struct OwnershipTests {
    /// Opens the file of `ledger` as another process does that does not see the lock.
    private func open(_ folder: TemporaryFolder) throws -> LedgerFile {
        let path = LedgerFile.path(of: LedgerFixture.address, in: folder.path)
        try FileManager.default.removeItem(atPath: path + ".lock")
        return try LedgerFixture.open(folder)
    }

    /// Runs `body` beside a second holder of the file, and returns why the first writer has ended.
    private func failure(
        settings: LedgerSettings = LedgerFixture.settings,
        _ body: (LedgerFixture) async throws -> Void
    ) async throws -> LedgerError? {
        let folder = try TemporaryFolder("ledger")
        let first = try LedgerFixture.open(folder)
        defer { first.close() }
        let clock = TestClock(Timestamp.testStart)
        let handler = ScriptedHandler()
        let writer = try LedgerWriter(
            file: first, handler: handler, settings: settings, environment: LedgerFixture.environment(clock),
            logger: .quiet)
        let ledger = LedgerFixture(file: first, writer: writer, clock: clock, handler: handler)
        async let running: Void = writer.run(observer: ledger.recorder)
        try await ledger.runOnce()
        let second = try open(folder)
        defer { second.close() }
        do {
            try await body(ledger)
        } catch {
            writer.stop()
            await running
            throw error
        }
        // The writer ends by itself.
        await running
        let lines = try await second.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM log") }
        #expect(lines == 0)
        return writer.failure
    }

    @Test func `a command on a file that another process has taken fails, and the writer ends`() async throws {
        let failure = try await failure { ledger in
            await #expect(throws: LedgerError.self) {
                try await ledger.writer.perform { try $0.schedule(LedgerTimer(kind: "k", key: "1", due: $0.now)) }
            }
            #expect(throws: LedgerError.self) { try ledger.writer.wait { _ in } }
        }
        #expect(failure?.code == .superseded)
        let path = "application-p00.sqlite was taken by another process"
        #expect(failure?.description.contains(path) == true, "\(String(describing: failure))")
        #expect(failure?.description.contains("(process \(getpid()) on ") == true)
    }

    @Test func `a message to a file that another process has taken is neither applied nor acked`() async throws {
        let failure = try await failure { ledger in
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            ledger.writer.submit(try .foreign("b", tag: 2, ledger.acks))
            try await eventually("the writer ends") { ledger.recorder.events.writable == [false] }
            #expect(ledger.acks.settled == [])
        }
        #expect(failure?.code == .superseded)
    }

    @Test func `an idle writer notices within moments that another process has taken the file`() async throws {
        #expect(try await failure { _ in }?.code == .superseded)
    }

    @Test func `a message that is tried alone is not even recorded in a file that another process has taken`()
        async throws
    {
        let failure = try await failure { ledger in
            var delivery = StoredDelivery.response("a")
            delivery.deliveryCount = 3
            let inbound = try InboundMessage.foreign(delivery, for: .application)
            ledger.writer.submit(.message(inbound, AckToken(target: ledger.acks, tag: 1)))
            try await eventually("the writer ends") { ledger.recorder.events.writable == [false] }
            let suspect = try await ledger.file.pool.read { db in
                try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'suspect'")
            }
            #expect(suspect == nil)
        }
        #expect(failure?.code == .superseded)
    }

    @Test func `a file that another process has taken is not read either`() async throws {
        let folder = try TemporaryFolder("ledger")
        let first = try LedgerFixture.open(folder)
        defer { first.close() }
        #expect(try first.pointRead { _ in 1 } == 1)
        #expect(first.ownership.problem == nil)
        let second = try open(folder)
        defer { second.close() }
        let pointRead = #expect(throws: LedgerError.self) { try first.pointRead { _ in 1 } }
        #expect(pointRead?.code == .superseded)
        let read = await #expect(throws: LedgerError.self) { try await first.read { _ in 1 } }
        #expect(read?.code == .superseded)
        #expect(first.ownership.problem?.code == .superseded)
        #expect(try second.pointRead { _ in 2 } == 2)
    }

    /// The first process closes the file after the second one has opened it.
    @Test func `closing a lost file leaves the new holder its lock and its place in the file`() throws {
        let folder = try TemporaryFolder("ledger")
        let first = try LedgerFixture.open(folder)
        let second = try open(folder)
        first.close()
        let error = #expect(throws: LedgerError.self) { try LedgerFixture.open(folder) }
        #expect(error?.code == .locked)
        #expect(try second.pointRead { _ in 2 } == 2)
        second.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["application-p00.sqlite"])
        try LedgerFixture.open(folder).close()
    }

    @Test func `a lock is broken only on request, and the former holder neither removes nor gets it back`() throws {
        let folder = try TemporaryFolder("lock")
        let path = folder.path + "/a.lock"
        #expect(!FileLock.isHeld(path))
        let first = try FileLock(path: path)
        #expect(FileLock.isHeld(path))
        #expect(throws: LedgerError.self) { try FileLock(path: path) }
        let second = try FileLock(path: path, breaksLock: true)
        first.release()
        #expect(FileLock.isHeld(path))
        #expect(throws: LedgerError.self) { try FileLock(path: path) }
        second.release()
        #expect(!FileLock.isHeld(path))
    }

    /// Only the holder moves what is in the write-ahead log into the database.
    @Test func `a process that closes a file that another one has taken does not checkpoint it`() throws {
        let folder = try TemporaryFolder("ledger")
        let first = try LedgerFixture.open(folder)
        let second = try open(folder)
        let log = LedgerFile.path(of: LedgerFixture.address, in: folder.path) + "-wal"
        let size = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int
        #expect((size ?? 0) > 0)
        first.close()
        #expect(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int == size)
        second.close()
        #expect(!FileManager.default.fileExists(atPath: log))
    }

    @Test func `while another process holds the owner queue nothing is committed or read, and then work continues`()
        async throws
    {
        try await withLedger { ledger in
            try await ledger.runOnce()
            ledger.file.ownership.suspend()
            let error = await #expect(throws: LedgerError.self) { try await ledger.runOnce() }
            #expect(error?.description.contains("owner queue") == true)
            #expect(throws: LedgerError.self) { try ledger.file.pointRead { _ in } }
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            #expect(ledger.acks.settled == [])
            ledger.file.ownership.resume()
            try await eventually("the message is applied") { ledger.acks.settled == [1] }
            #expect(try ledger.log == ["a"])
            #expect(ledger.writer.failure == nil)
            #expect(ledger.recorder.events.writable == [false, true])
        }
    }

    // MARK: - Without opening the file

    @Test func `a file is checked without being opened, and nothing is made beside it`() throws {
        let folder = try TemporaryFolder("led ger?#%")
        func code(_ partitions: Int) throws -> LedgerError.Code? {
            do {
                try LedgerFile.checkUnopened(LedgerFixture.address, partitions: partitions, in: folder.path)
                return nil
            } catch let error as LedgerError {
                return error.code
            }
        }
        #expect(try code(2) == nil, "there is no file")
        try LedgerFixture.open(folder, partitions: 2).close()
        #expect(try code(2) == nil)
        #expect(try code(3) == .foreignFile)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["application-p00.sqlite"])
        let path = LedgerFile.path(of: LedgerFixture.address, in: folder.path)
        try Data("not a database".utf8).write(to: URL(filePath: path))
        #expect(try code(2) == nil, "found when it is opened")
    }

    // MARK: - Existence

    @Test func `a partition has a file once it has content`() throws {
        let folder = try TemporaryFolder("ledger")
        let path = LedgerFile.path(of: LedgerFixture.address, in: folder.path)
        func exists() throws -> Bool { try LedgerFile.exists(LedgerFixture.address, in: folder.path) }
        #expect(try !exists())
        try Data().write(to: URL(filePath: path))
        #expect(try !exists())
        // A process that ended before it had made the tables.
        try DatabasePool(path: path).close()
        #expect(try !exists())
        try LedgerFixture.open(folder).close()
        #expect(try exists())
        try Data(String(repeating: "not a database. ", count: 500).utf8).write(to: URL(filePath: path))
        let error = #expect(throws: LedgerError.self) { try exists() }
        #expect(error?.code == .corrupt)
    }
}
