import Contracts
import Foundation
import GRDB
import Ledger
import Logging
import Synchronization

/// A time that stands still until a test moves it.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_795_251_600_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(_ duration: Duration) {
        time.withLock { $0 = $0.advanced(by: duration) }
    }
}

/// A consumer's channel as the ledger sees it: remembers what was settled.
final class Book: AckTarget {
    private let state = Mutex((isCurrent: true, settled: [UInt64]()))

    var isCurrent: Bool { state.withLock { $0.isCurrent } }
    var settled: [UInt64] { state.withLock { $0.settled } }

    func settle(_ tags: [UInt64]) {
        state.withLock { $0.settled += tags }
    }

    func lose() {
        state.withLock { $0.isCurrent = false }
    }
}

/// Records what the writer reports.
final class EventRecorder: LedgerObserver {
    struct Events {
        var batches: [Int] = []
        var controls: [ControlMessage] = []
        var advanced: [AdvancedStream] = []
        var counted: [CounterName: Int] = [:]
        var writable: [Bool] = []
        var restored = 0
    }

    private let state = Mutex(Events())

    var events: Events { state.withLock { $0 } }

    func committed(_ commit: CommitSummary) {
        state.withLock { events in
            if commit.inputs > 0 { events.batches.append(commit.inputs) }
            events.controls += commit.controlMessages
            events.advanced += commit.advancedStreams
            for (outcome, number) in commit.outcomes { events.counted[outcome.counter, default: 0] += number }
        }
    }

    func writabilityChanged(_ isWritable: Bool) { state.withLock { $0.writable.append(isWritable) } }

    func restoreDetected() { state.withLock { $0.restored += 1 } }
}

/// Writes what it does into a table, so that what is rolled back leaves no trace, and echoes every message to
/// WaitlistService. It fails where the script says so.
final class ScriptedHandler: LedgerHandler {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Script {
        /// The volunteers, timers and works that fail.
        var failing: Set<String> = []
        var refused: Set<String> = []
        var workSteps = 5
    }

    static let migration = LedgerMigration(
        "test-1", "CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL)")
    static let consumer = Address(service: .waitlist, partition: Partition(number: 0))

    private let script = Mutex(Script())

    func change(_ body: (inout Script) -> Void) {
        script.withLock { body(&$0) }
    }

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        let name = inbound.message.volunteerID?.string ?? ""
        transaction.emit(inbound.message, to: Self.consumer)
        try log(name, transaction)
        if script.withLock({ $0.refused.contains(name) }) { return .refused(reason: "the script says so") }
        return .applied
    }

    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws {
        try log("discarded \(inbound.message.volunteerID?.string ?? "")", transaction)
    }

    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws {
        try log("\(timer.kind) \(timer.key)", transaction)
    }

    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob? {
        let step = (Int(job.cursor) ?? 0) + 1
        try log("\(job.key) \(step)", transaction)
        var rest = job
        rest.cursor = String(step)
        return step < script.withLock { $0.workSteps } ? rest : nil
    }

    private func log(_ line: String, _ transaction: LedgerTransaction) throws {
        try transaction.db.execute(sql: "INSERT INTO log (line) VALUES (?)", arguments: [line])
        if script.withLock({ $0.failing.contains(line) }) { throw Failure(description: "\(line) fails") }
    }
}

/// A partition's file in a folder of its own, and all that a writer needs. The folder outlives a room, so that a test
/// can close and reopen it.
struct Room {
    static let address = Address(service: .application, partition: Partition(number: 0))
    static let producer = StreamName(
        producer: Address(service: .waitlist, partition: Partition(number: 0)), consumer: address)

    let file: LedgerFile
    let writer: LedgerWriter
    let clock: TestClock
    let handler: ScriptedHandler
    let book = Book()
    let recorder = EventRecorder()

    var environment: LedgerEnvironment { Self.environment(clock) }

    static func environment(
        _ clock: TestClock, reach: @escaping @Sendable (CrashPoint) -> Void = { _ in }
    ) -> LedgerEnvironment {
        LedgerEnvironment(now: { clock.now }, random: { (0xA, 0xB) }, reach: reach)
    }

    static let settings = LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 3)

    static func open(
        _ folder: Folder, partitions: Int = 1, migrations: [LedgerMigration] = [ScriptedHandler.migration],
        patience: Duration = .zero
    )
        throws -> LedgerFile
    {
        try LedgerFile(
            address: address, directory: folder.path, partitions: partitions, migrations: migrations,
            now: Timestamp(milliseconds: 77), patience: patience)
    }

    var log: [String] {
        get throws { try file.pool.read { try String.fetchAll($0, sql: "SELECT line FROM log ORDER BY id") } }
    }

    func count(_ table: String) throws -> Int {
        try file.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    /// Everything submitted before is committed when this returns, and what was due has been done.
    func turn() async throws {
        try await writer.perform { _ in }
    }

    func advance(_ duration: Duration) async throws {
        clock.advance(duration)
        try await turn()
    }
}

/// Runs a writer for as long as `body` takes.
func withRoom(
    in folder: Folder, clock: TestClock = TestClock(), handler: ScriptedHandler = ScriptedHandler(),
    reach: @escaping @Sendable (CrashPoint) -> Void = { _ in }, beforeRunning: (Room) throws -> Void = { _ in },
    _ body: (Room) async throws -> Void
) async throws {
    // A process that another test is just starting has our descriptors too, until it is its own.
    let file = try Room.open(folder, patience: .seconds(3))
    defer { file.close() }
    let writer = try LedgerWriter(
        file: file, handler: handler, settings: Room.settings, environment: Room.environment(clock, reach: reach),
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    let room = Room(file: file, writer: writer, clock: clock, handler: handler)
    try beforeRunning(room)
    async let running: Void = writer.run(observer: room.recorder)
    do {
        try await body(room)
        writer.stop()
        await running
    } catch {
        writer.stop()
        await running
        throw error
    }
}

/// A temporary folder, gone with its last reference.
final class Folder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

extension LedgerInput {
    private static func delivery(_ application: String, _ volunteer: String, id: String? = nil) -> StoredDelivery {
        let response = VolunteerResponse(
            volunteerID: .trusted(volunteer), applicationID: .trusted(application), status: .accepted)
        return StoredDelivery(
            queue: "application.p00", exchange: "", routingKey: "", messageID: id,
            body: Message.response(response).encoded())
    }

    static func streamed(
        _ seq: Int64, epoch: Int64 = 1, _ volunteer: String, of application: String = "7", _ book: Book
    ) throws -> LedgerInput {
        var delivery = delivery(application, volunteer)
        let position = StreamPosition(stream: Room.producer, epoch: epoch, seq: seq)
        delivery.position = position
        let inbound = try InboundMessage.streamed(delivery, at: position)
        return .message(inbound, AckToken(book: book, tag: UInt64(seq)))
    }

    static func foreign(
        _ volunteer: String, of application: String = "7", id: String? = nil, tag: UInt64 = 1, _ book: Book
    ) throws -> LedgerInput {
        let delivery = delivery(application, volunteer, id: id)
        return .message(
            try InboundMessage.foreign(delivery, keyedFor: .application), AckToken(book: book, tag: tag))
    }
}
