import ApplicationDomain
import Contracts
import GRDB
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// Files that earlier versions wrote.
@Suite struct MigrationTests {
    private static func open(_ folder: TemporaryFolder, _ migrations: [LedgerMigration]) throws -> LedgerFile {
        try LedgerFile(
            address: Address(service: .application, partition: Partition(number: 0)), directory: folder.path,
            partitions: 1, migrations: migrations, now: .testStart, lockTimeout: .seconds(3))
    }

    /// Makes a file with the schema before `application-7`.
    private static func makeOldFile(in folder: TemporaryFolder) async throws {
        let file = try open(folder, Array(LedgerMigration.application.prefix { $0.name != "application-7" }))
        defer { file.close() }
        try await file.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO application VALUES (1, 'a', 'f', 'n', '', '2030-01-01', '10:00:00', '11:00:00', 'UTC',
                        1, 'cancelled', 1893492000000, 1, 3, 0, 0, 1, '', 0);
                    INSERT INTO member (application, volunteer, standing, since, not_chosen_in, told_of_cancellation)
                    VALUES (1, 'p', 'waiting', 30, 0, 0), (1, 'q', 'confirmed', 5, 0, 0),
                        (1, 'r', 'waiting', 10, 0, 0), (1, 's', 'waiting', 30, 0, 0);
                    """)
        }
    }

    @Test func `operations of a file without callbacks are shown, and end`() async throws {
        let folder = try TemporaryFolder("application")
        let old = try Self.open(folder, Array(LedgerMigration.application.prefix { $0.name != "application-15" }))
        let digits = String(repeating: "0", count: 31)
        try await old.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO operation (id, caller, kind, status, created_at, updated_at, application, volunteer)
                    VALUES ('p00-\(digits)1', 'fund:1', 'cancel_volunteer_application', 'running', 5, 5, 'a', NULL),
                        ('p00-\(digits)2', 'volunteer:v', 'volunteer_response', 'pending', 6, 6, 'a', 'v');
                    """)
        }
        old.close()
        let file = try Self.open(folder, LedgerMigration.application)
        defer { file.close() }
        for number in 1...2 {
            let id = try #require(OperationID(parsing: "p00-\(digits)\(number)"))
            let stored = try #require(try file.pointRead { try OperationStore($0).operation(id) })
            #expect(stored.operation.callback == nil && stored.endedAt == nil)
        }
    }

    @Test func `a file without times, reasons and the order of the list opens; those who waited come first`()
        async throws
    {
        let folder = try TemporaryFolder("application")
        try await Self.makeOldFile(in: folder)
        let file = try Self.open(folder, LedgerMigration.application)
        defer { file.close() }
        let (stored, waiting, all) = try file.pointRead { snapshot in
            let store = ApplicationStore(snapshot)
            return try (
                store.application(.trusted("a")), store.waitingMembers(of: 1, after: .min, limit: 9),
                store.members(of: 1, after: "", limit: 9)
            )
        }
        let application = try #require(stored?.application)
        #expect(application.createdAt == nil && application.updatedAt == nil && application.cancelReason == nil)
        #expect(stored?.notifiers == .all)
        #expect(waiting.map(\.volunteer.string) == ["r", "p", "s"])
        #expect(waiting.allSatisfy { $0.sequence.map { $0 < 0 } == true }, "before those who join from now on")
        #expect(all.count == 4 && all.allSatisfy { $0.createdAt == nil && $0.lastChange == nil })
    }
}
