package import Contracts
package import Ledger

/// A new file with a service's tables, for tests of its stores.
package struct StoreFixture: Sendable {
    package let file: LedgerFile
    private let writer: LedgerWriter
    /// The time, which stands still until the test advances it.
    package let clock: TestClock<Timestamp>

    /// Runs `body` while the file's writer runs, then deletes the file.
    /// - Parameter handler: the service's, if timers or jobs are to run; nil if nothing is to happen besides.
    package static func run(
        _ service: ServiceName, _ migrations: [LedgerMigration], handler: (any LedgerHandler)? = nil,
        _ body: (StoreFixture) async throws -> Void
    ) async throws {
        try await ConcurrencyLimit.withFiles { try await runNow(service, migrations, handler: handler, body) }
    }

    private static func runNow(
        _ service: ServiceName, _ migrations: [LedgerMigration], handler: (any LedgerHandler)?,
        _ body: (StoreFixture) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder("store")
        let address = Address(service: service, partition: Partition(number: 0))
        let file = try LedgerFile(
            address: address, directory: folder.path, partitions: 1, migrations: migrations, now: .testStart,
            lockTimeout: .seconds(3))
        defer { file.close() }
        let clock = TestClock(Timestamp.testStart)
        let writer = try LedgerWriter(
            file: file, handler: handler ?? NoOpHandler(),
            settings: LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 3),
            environment: LedgerEnvironment(now: { clock.now }, random: { (1, 2) }), logger: .quiet)
        async let running: Void = writer.run(observer: NoOpLedgerObserver())
        do {
            try await body(StoreFixture(file: file, writer: writer, clock: clock))
        } catch {
            writer.stop()
            await running
            throw error
        }
        writer.stop()
        await running
    }

    /// Runs `body` in a transaction and returns after its commit.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTransaction) throws -> Value
    ) async throws -> Value {
        try await writer.perform(body)
    }

    /// The consumers of all streams answer that they have applied what they have reported.
    package func answerHeads() async throws {
        for progress in try file.streams() {
            guard let stream = StreamName(parsing: progress.name),
                case .outgoing(_, _, let applied, _, _) = progress.direction
            else { continue }
            let answer = StreamApplied(stream: stream, epoch: progress.epoch, last: applied)
            writer.submit(.streamApplied(answer, answersHead: true, AckToken(target: AckRecorder(), tag: 1)))
        }
        try await writer.perform { _ in }
    }

    private struct NoOpHandler: LedgerHandler {
        func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition { .applied }
        func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {}
        func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {}
        func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? { nil }
    }
}
