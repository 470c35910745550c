import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

/// A partition's file is copied while it is served, and given away by one commit (contract section 3, moves).
@Suite struct MoveTests {
    private static let address = LedgerFixture.address
    private static let move = "7f3c"
    private let source: TemporaryFolder
    private let target: TemporaryFolder

    init() throws {
        source = try TemporaryFolder("source")
        target = try TemporaryFolder("target")
    }

    private func names(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func log(in folder: TemporaryFolder) throws -> [String] {
        let database = try DatabaseQueue(path: LedgerFile.path(of: Self.address, in: folder.path))
        return try database.read { try String.fetchAll($0, sql: "SELECT line FROM log ORDER BY id") }
    }

    /// Copies a part from `start` in small pieces, the last one first.
    private func copy(
        _ part: FilePart, from start: Int64 = 0, to end: Int64, _ outgoing: OutgoingCopy, _ incoming: IncomingCopy
    ) throws {
        for offset in stride(from: start, to: end, by: 10_000).reversed() {
            let bytes = try outgoing.bytes(of: part, at: offset, count: Int(min(10_000, end - offset)))
            try incoming.write(bytes, to: part, at: offset)
        }
    }

    private func complete(
        _ incoming: IncomingCopy, _ outgoing: OutgoingCopy, move: String = move, log bytes: Int64
    ) throws {
        try incoming.check(.log, bytes: bytes, checksum: try outgoing.checksum(of: .log, bytes: bytes))
        try incoming.complete(move, from: "anna", partitions: 1, migrations: [ScriptedHandler.migration])
    }

    /// Copies the file of a running ledger up to its sealed last commit.
    private func copyAll(_ ledger: LedgerFixture) throws -> IncomingCopy {
        let outgoing = try OutgoingCopy(of: ledger.file)
        defer { outgoing.end() }
        let incoming = try IncomingCopy(of: Self.address, in: target.path, bytes: outgoing.databaseBytes)
        try copy(.database, to: outgoing.databaseBytes, outgoing, incoming)
        try ledger.file.seal(Self.move)
        let bytes = try outgoing.logBytes()
        try copy(.log, to: bytes, outgoing, incoming)
        try complete(incoming, outgoing, log: bytes)
        return incoming
    }

    private func apply(_ numbers: ClosedRange<Int64>, to ledger: LedgerFixture) async throws {
        for number in numbers {
            ledger.writer.submit(try .streamed(number, "v\(number)", ledger.acks))
            try await ledger.runOnce()
        }
    }

    /// In an asynchronous function GRDB's asynchronous methods would be chosen.
    private func blocking<Value>(_ body: () throws -> Value) rethrows -> Value { try body() }

    // MARK: - Copies

    @Test func `what is committed while a file is copied is in the copy, and the original cannot be opened any more`()
        async throws
    {
        try await withLedger(in: source) { ledger in
            try await apply(1...20, to: ledger)
            let outgoing = try OutgoingCopy(of: ledger.file)
            #expect(try outgoing.logBytes() == 0)
            let incoming = try IncomingCopy(of: Self.address, in: target.path, bytes: outgoing.databaseBytes)
            let checksum = try outgoing.checksum(of: .database, bytes: outgoing.databaseBytes)
            try copy(.database, to: outgoing.databaseBytes / 2, outgoing, incoming)
            try await apply(21...40, to: ledger)
            let first = try outgoing.logBytes()
            try copy(.log, to: first, outgoing, incoming)
            try copy(.database, from: outgoing.databaseBytes / 2, to: outgoing.databaseBytes, outgoing, incoming)
            try await apply(41...60, to: ledger)
            // The database is as it was.
            #expect(try outgoing.checksum(of: .database, bytes: outgoing.databaseBytes) == checksum)
            try incoming.check(.database, bytes: outgoing.databaseBytes, checksum: checksum)
            try ledger.file.seal(Self.move)
            let last = try outgoing.logBytes()
            #expect(first > 0 && last > first)
            try copy(.log, from: first, to: last, outgoing, incoming)
            try complete(incoming, outgoing, log: last)
            try ledger.file.markMoved(Self.move, to: "berta")
            outgoing.end()
            try incoming.place(Self.move, from: "anna", at: .testStart)
            try incoming.install()
        }
        #expect(code { _ = try LedgerFixture.open(source) } == .moved)
        #expect(
            try LedgerFile.move(of: Self.address, in: source.path).map { [$0.move, $0.process] } == [
                Self.move, "berta",
            ])
        #expect(try log(in: source).count == 60)

        let placement = try #require(try Placement.of(Self.address, in: target.path))
        #expect(placement == Placement(.here, move: Self.move, process: "anna", at: .testStart, isTaken: true))
        let moved = try LedgerFile(
            address: Self.address, directory: target.path, partitions: 1, migrations: [ScriptedHandler.migration],
            now: .testStart, isVerified: true)
        try await moved.checkIntegrityIfDeferred()
        moved.close()
        #expect(try log(in: target) == log(in: source))
        #expect(try names(in: target) == ["application-p00.placement", "application-p00.sqlite"])
    }

    @Test func `while a file is copied nothing is checkpointed, and afterwards it is`() async throws {
        try await withLedger(in: source) { ledger in
            let outgoing = try OutgoingCopy(of: ledger.file)
            try await apply(1...10, to: ledger)
            let bytes = try outgoing.logBytes()
            func checkpoint() throws -> [Int] {
                try ledger.file.pool.writeWithoutTransaction { db in
                    try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)").map { [$0[1], $0[2]] } ?? []
                }
            }
            let blocked = try checkpoint()
            #expect(blocked[1] == 0 && blocked[0] > 0, "\(blocked)")
            #expect(try outgoing.logBytes() == bytes)
            outgoing.end()
            let free = try checkpoint()
            #expect(free[0] == free[1], "\(free)")
            let automatic = try blocking {
                try ledger.file.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA wal_autocheckpoint") }
            }
            #expect(automatic ?? 0 > 0)
            // Another one may begin, and its log is empty.
            let second = try OutgoingCopy(of: ledger.file)
            #expect(try second.logBytes() == 0)
            second.end()
        }
    }

    @Test func `a file that is closed while it is copied is complete by itself`() throws {
        let file = try LedgerFixture.open(source)
        let outgoing = try OutgoingCopy(of: file)
        try file.pool.write { try $0.execute(sql: "INSERT INTO log (line) VALUES ('last')") }
        #expect(try outgoing.logBytes() > 0)
        file.close()
        #expect(code { _ = try outgoing.bytes(of: .database, at: 0, count: 1) } == .stopped)
        #expect(try names(in: source) == ["application-p00.sqlite"])
        #expect(try log(in: source) == ["last"])
    }

    @Test func `what was rolled back is no part of the log`() async throws {
        try await withLedger(in: source) { ledger in
            let outgoing = try OutgoingCopy(of: ledger.file)
            defer { outgoing.end() }
            try await apply(1...3, to: ledger)
            let bytes = try outgoing.logBytes()
            try blocking {
                try ledger.file.pool.writeWithoutTransaction { db in
                    // So small a cache that pages reach the WAL before the commit.
                    try db.execute(sql: "PRAGMA cache_size = 5")
                    try db.inTransaction {
                        for number in 0..<400 {
                            try db.execute(
                                sql: "INSERT INTO log (line) VALUES (?)",
                                arguments: [String(repeating: "x", count: 2_000 + number)])
                        }
                        let path = LedgerFile.path(of: Self.address, in: source.path) + "-wal"
                        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
                        #expect(size ?? 0 > bytes + 100_000)
                        #expect(try outgoing.logBytes() == bytes)
                        return .rollback
                    }
                }
            }
            #expect(try outgoing.logBytes() == bytes)
            try await apply(4...4, to: ledger)
            #expect(try outgoing.logBytes() > bytes)
        }
        #expect(try log(in: source).count == 4)
    }

    @Test func `a file that is being read for long is not copied, and goes on`() async throws {
        try await withLedger(in: source) { ledger in
            try await apply(1...3, to: ledger)
            let reader = try DatabaseQueue(path: LedgerFile.path(of: Self.address, in: source.path))
            try blocking {
                try reader.read { db in
                    _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM log")
                    #expect(code { _ = try OutgoingCopy(of: ledger.file) } == .locked)
                }
            }
            try reader.close()
            try await apply(4...5, to: ledger)
            try OutgoingCopy(of: ledger.file).end()
        }
        #expect(try log(in: source).count == 5)
    }

    @Test(arguments: FilePart.allCases) func `a copy with a byte that differs is refused`(part: FilePart) async throws {
        try await withLedger(in: source) { ledger in
            try await apply(1...3, to: ledger)
            let outgoing = try OutgoingCopy(of: ledger.file)
            defer { outgoing.end() }
            let incoming = try IncomingCopy(of: Self.address, in: target.path, bytes: outgoing.databaseBytes)
            defer { incoming.discard() }
            try ledger.file.seal(Self.move)
            let bytes = part == .log ? try outgoing.logBytes() : outgoing.databaseBytes
            try copy(part, to: bytes, outgoing, incoming)
            let checksum = try outgoing.checksum(of: part, bytes: bytes)
            try incoming.check(part, bytes: bytes, checksum: checksum)
            let byte = try outgoing.bytes(of: part, at: bytes / 2, count: 1)
            try incoming.write([byte[0] ^ 1], to: part, at: bytes / 2)
            #expect(code { try incoming.check(part, bytes: bytes, checksum: checksum) } == .corrupt)
            try incoming.write(byte, to: part, at: bytes / 2)
            #expect(code { try incoming.check(part, bytes: bytes - 1, checksum: checksum) } == .corrupt)
        }
        #expect(try names(in: target) == [])
    }

    @Test func `a copy without the last commit is not complete, whatever its checksums are`() async throws {
        try await withLedger(in: source) { ledger in
            try await apply(1...3, to: ledger)
            let outgoing = try OutgoingCopy(of: ledger.file)
            defer { outgoing.end() }
            try await apply(4...6, to: ledger)
            let early = try outgoing.logBytes()
            try ledger.file.seal(Self.move)
            let bytes = try outgoing.logBytes()
            func incoming(_ log: Int64, damaging: Bool = false) throws -> IncomingCopy {
                let incoming = try IncomingCopy(of: Self.address, in: target.path, bytes: outgoing.databaseBytes)
                try copy(.database, to: outgoing.databaseBytes, outgoing, incoming)
                try copy(.log, to: log, outgoing, incoming)
                if damaging { try incoming.write([0xFF, 0x00], to: .log, at: 3_000) }
                return incoming
            }
            for damaging in [false, true] {
                let copy = try incoming(damaging ? bytes : early, damaging: damaging)
                defer { copy.discard() }
                #expect(
                    code {
                        try copy.complete(
                            Self.move, from: "anna", partitions: 1, migrations: [ScriptedHandler.migration])
                    } == .corrupt)
            }
            let other = try incoming(bytes)
            defer { other.discard() }
            #expect(code { try complete(other, outgoing, move: "another", log: bytes) } == .corrupt)
        }
    }

    @Test func `a copy of another number of partitions, or of a later version, does not become complete`() async throws
    {
        try await withLedger(in: source) { ledger in
            let copy = try copyAll(ledger)
            defer { copy.discard() }
            #expect(
                code {
                    try copy.complete(Self.move, from: "anna", partitions: 2, migrations: [ScriptedHandler.migration])
                }
                    == .foreignFile)
            #expect(
                code { try copy.complete(Self.move, from: "anna", partitions: 1, migrations: []) } == .newerSchema)
        }
    }

    @Test func `a folder that has a file of the partition, or a holder of its lock, takes no copy`() async throws {
        try await withLedger(in: target) { _ in
            #expect(code { _ = try IncomingCopy(of: Self.address, in: target.path, bytes: 1) } == .locked)
        }
        #expect(code { _ = try IncomingCopy(of: Self.address, in: target.path, bytes: 1) } == .exists)
        #expect(code { _ = try IncomingCopy(of: Self.address, in: source.path, bytes: 1 << 60) } == .storage)
        #expect(try names(in: source) == [])
    }

    // MARK: - The decision

    @Test func `a process that has lost the file cannot give it away`() async throws {
        try await withLedger(in: source) { ledger in
            try await apply(1...2, to: ledger)
            try FileManager.default.removeItem(atPath: LedgerFile.path(of: Self.address, in: source.path) + ".lock")
            let thief = try LedgerFixture.open(source)
            #expect(code { try ledger.file.seal(Self.move) } == .superseded)
            #expect(code { try ledger.file.markMoved(Self.move, to: "berta") } == .superseded)
            thief.close()
        }
        #expect(try LedgerFile.move(of: Self.address, in: source.path) == nil)
        try LedgerFixture.open(source, lockTimeout: .seconds(3)).close()
    }

    @Test func `a file that was given away is kept under another name, which a restore can use`() async throws {
        try await withLedger(in: source) { ledger in
            try await apply(1...2, to: ledger)
            try ledger.file.markMoved(Self.move, to: "berta")
        }
        let kept = try #require(try LedgerFile.setAside(Self.address, in: source.path, at: "20261127T080000Z"))
        #expect(try LedgerFile.setAside(Self.address, in: source.path, at: "20261127T080001Z") == nil)
        #expect(try names(in: source) == ["application-p00.sqlite.moved-20261127T080000Z"])
        let backup = Backup(of: Self.address, in: target.path)
        try FileManager.default.copyItem(atPath: kept, toPath: backup.path)
        let staged = try backup.stage(in: source.path, partitions: 1, migrations: [ScriptedHandler.migration])
        #expect(try staged.replace(at: "x") == nil)
        try LedgerFixture.open(source, lockTimeout: .seconds(3)).close()
        #expect(try log(in: source).count == 2)
    }

    // MARK: - After a crash

    @Test func `what is left of an unfinished copy is removed`() async throws {
        let copy = try IncomingCopy(of: Self.address, in: target.path, bytes: 10)
        try copy.write([1, 2, 3], to: .database, at: 0)
        // In use.
        #expect(try IncomingCopy.found(of: Self.address, in: target.path) == nil)
        #expect(try names(in: target).count == 3)
        try FileManager.default.removeItem(atPath: LedgerFile.path(of: Self.address, in: target.path) + ".lock")
        #expect(try IncomingCopy.found(of: Self.address, in: target.path) == nil)
        #expect(try names(in: target) == [])
    }

    @Test func `a complete copy is found, and one that was placed is installed, at each step of it`() async throws {
        try await withLedger(in: source) { ledger in
            try await apply(1...7, to: ledger)
            _ = try copyAll(ledger)
        }
        let database = LedgerFile.path(of: Self.address, in: target.path)
        try FileManager.default.removeItem(atPath: database + ".lock")
        do {
            let found = try #require(try IncomingCopy.found(of: Self.address, in: target.path))
            #expect(found.move == Self.move && found.process == "anna")
            try found.copy.place(Self.move, from: "anna", at: .testStart)
            // The process ends here.
        }
        try FileManager.default.removeItem(atPath: database + ".lock")
        // And then between the two names.
        try FileManager.default.moveItem(atPath: database + ".arriving-wal", toPath: database + "-wal")
        #expect(try IncomingCopy.found(of: Self.address, in: target.path) == nil)
        #expect(try IncomingCopy.found(of: Self.address, in: target.path) == nil)
        #expect(!(try names(in: target)).contains { $0.contains("arriving") })
        try LedgerFixture.open(target, lockTimeout: .seconds(3)).close()
        #expect(try log(in: target).count == 7)
    }

    @Test func `a complete copy whose sender is silent is kept under another name`() async throws {
        try await withLedger(in: source) { ledger in
            try await apply(1...2, to: ledger)
            try copyAll(ledger).setAside(at: "TIME")
        }
        #expect(
            try names(in: target) == [
                "application-p00.sqlite.unconfirmed-TIME", "application-p00.sqlite.unconfirmed-TIME-wal",
            ])
        let database = try DatabaseQueue(path: target.path + "/application-p00.sqlite.unconfirmed-TIME")
        #expect(try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM log") } == 2)
    }

    @Test func `a note about a partition outlives the process, and one that is damaged is not ignored`() throws {
        let folder = source.path
        #expect(try Placement.of(Self.address, in: folder) == nil)
        let note = Placement(
            .elsewhere, move: Self.move, process: "berta", at: .testStart, isTaken: false, earlierMove: "1")
        try note.write(of: Self.address, in: folder)
        #expect(try Placement.of(Self.address, in: folder) == note)
        #expect(try Placement.all(of: .application, in: folder) == [Self.address.partition: note])
        #expect(try Placement.all(of: .waitlist, in: folder) == [:])
        try "{".write(toFile: folder + "/application-p00.placement", atomically: true, encoding: .utf8)
        #expect(code { _ = try Placement.of(Self.address, in: folder) } == .corrupt)
        #expect(code { _ = try Placement.all(of: .application, in: folder) } == .corrupt)
    }
}
