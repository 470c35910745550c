import Contracts
import GRDB
import Ledger
import Logging
import TestSupport

/// A partition's file with a running writer and everything it needs. The folder and the clock outlive it, so that a
/// test can close and reopen the file.
struct LedgerFixture {
    static let address = Address(service: .application, partition: Partition(number: 0))
    static let producer = Address(service: .waitlist, partition: Partition(number: 0))
    /// The stream that the streamed inputs of a test belong to.
    static let stream = StreamName(producer: producer, consumer: address)
    static let settings = LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 3)

    let file: LedgerFile
    let writer: LedgerWriter
    let clock: TestClock<Timestamp>
    let handler: ScriptedHandler
    let acks = AckRecorder()
    let recorder = EventRecorder()

    var environment: LedgerEnvironment { Self.environment(clock) }

    static func environment(
        _ clock: TestClock<Timestamp>, monotonic: TestClock<Timestamp>? = nil,
        hit: @escaping @Sendable (CrashPoint) -> Void = { _ in }
    ) -> LedgerEnvironment {
        let monotonic = monotonic ?? clock
        return LedgerEnvironment(
            now: { clock.now }, random: { (0xA, 0xB) }, monotonicNow: { monotonic.now }, hit: hit)
    }

    static func open(
        _ folder: TemporaryFolder, address: Address = address, partitions: Int = 1,
        migrations: [LedgerMigration] = [ScriptedHandler.migration],
        now: Timestamp = Timestamp(milliseconds: 77), lockTimeout: Duration = .zero
    ) throws -> LedgerFile {
        try LedgerFile(
            address: address, directory: folder.path, partitions: partitions, migrations: migrations,
            now: now, lockTimeout: lockTimeout)
    }

    /// A file with the schema of an earlier version, which had the ledger's first `migrations`.
    static func makeOldFile(in folder: TemporaryFolder, migrations: Int) throws -> DatabasePool {
        var migrator = DatabaseMigrator()
        for migration in LedgerMigration.ledger.prefix(migrations) + [ScriptedHandler.migration] {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        let pool = try DatabasePool(path: LedgerFile.path(of: address, in: folder.path))
        try migrator.migrate(pool)
        return pool
    }

    /// What the handler has logged, in order.
    var log: [String] {
        get throws { try file.pool.read { try String.fetchAll($0, sql: "SELECT line FROM log ORDER BY id") } }
    }

    func count(_ table: String) throws -> Int {
        try file.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    /// Returns when everything submitted before is committed, and everything due has run.
    func runOnce() async throws {
        try await writer.perform { _ in }
    }

    func advance(_ duration: Duration) async throws {
        clock.advance(duration)
        try await runOnce()
    }
}

/// Opens a file in `folder` and runs a writer while `body` runs.
/// - Parameters:
///   - monotonic: the monotonic clock, if it is not to follow `clock`.
///   - openedAt: the wall clock when the file is opened, if it is not the usual one.
func withLedger(
    in folder: TemporaryFolder, address: Address = LedgerFixture.address,
    clock: TestClock<Timestamp> = TestClock(.testStart),
    monotonic: TestClock<Timestamp>? = nil, openedAt: Timestamp = Timestamp(milliseconds: 77),
    settings: LedgerSettings = LedgerFixture.settings, handler: ScriptedHandler = ScriptedHandler(),
    hit: @escaping @Sendable (CrashPoint) -> Void = { _ in },
    beforeRunning: (LedgerFixture) throws -> Void = { _ in }, _ body: (LedgerFixture) async throws -> Void
) async throws {
    try await ConcurrencyLimit.withFiles {
        // A child process that another test is starting inherits our descriptors until it calls exec.
        let file = try LedgerFixture.open(folder, address: address, now: openedAt, lockTimeout: .seconds(3))
        defer { file.close() }
        let writer = try LedgerWriter(
            file: file, handler: handler, settings: settings,
            environment: LedgerFixture.environment(clock, monotonic: monotonic, hit: hit), logger: .quiet)
        let ledger = LedgerFixture(file: file, writer: writer, clock: clock, handler: handler)
        try beforeRunning(ledger)
        async let running: Void = writer.run(observer: ledger.recorder)
        do {
            try await body(ledger)
            writer.stop()
            await running
        } catch {
            writer.stop()
            await running
            throw error
        }
    }
}

func withLedger(_ body: (LedgerFixture) async throws -> Void) async throws {
    try await withLedger(in: TemporaryFolder("ledger"), body)
}
