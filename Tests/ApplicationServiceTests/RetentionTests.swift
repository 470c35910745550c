import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// How long clients are shown an operation, and what decides it.
@Suite struct RetentionTests {
    private static let day: Duration = .seconds(86_400)

    @Test(
        arguments: [
            (0, .shown), (29, .shown), (30, .expired), (59, .expired), (60, .gone), (-18_250, .shown),
        ] as [(Int, StoredOperation.Visibility)])
    func `an operation is shown for 30 days, then expired for 30 more`(
        days: Int, visibility: StoredOperation.Visibility
    ) {
        let operation = CommandOperation(
            id: OperationID(in: Partition(number: 0), at: .testStart, random: (1, 2)), caller: "c", kind: .response,
            application: .trusted("a"), volunteer: nil, createdAt: .testStart, updatedAt: .testStart,
            state: .ended(.done))
        let now = Timestamp.testStart.advanced(by: Self.day * days)
        #expect(StoredOperation(operation: operation, endedAt: .testStart).visibility(at: now) == visibility)
        #expect(StoredOperation(operation: operation, endedAt: nil).visibility(at: now) == .shown, "it has not ended")
    }

    @Test func `only what is past its term by the time served is deleted, whatever the clock showed before`()
        async throws
    {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            let now = Timestamp.testStart
            // Enough rows of an earlier version, with a clock that was ahead, to fill a batch.
            let ahead = now.advanced(by: Self.day * 3650)
            try await fixture.write { transaction in
                func insert(_ scope: String, _ time: Timestamp) throws {
                    try transaction.execute(
                        """
                        INSERT INTO idempotency (scope, body, operation, answer, created_at, kept_from)
                        VALUES (?1, x'', '', x'', ?2, ?2)
                        """, scope, time)
                }
                for number in 1...600 { try insert("ahead\(number)", ahead) }
                try insert("old", now.advanced(by: .zero - Self.day))
                try insert("new", now)
                var hasMore = true
                while hasMore { hasMore = try OperationStore(transaction).deleteOld() }
            }
            let (scopes, latest) = try await fixture.file.read { snapshot in
                (
                    try snapshot.rows("SELECT scope FROM idempotency ORDER BY id") { $0.text(0) },
                    try snapshot.row("SELECT max(kept_from) FROM idempotency") { $0.timestamp(0) }
                )
            }
            #expect(scopes.count == 601 && scopes.last == "new")
            #expect(latest == now, "they are kept for their term from now on")
        }
    }
}
