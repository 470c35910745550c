import Contracts
import Ledger
import NotifierDomain
import TestSupport
import Wording

@testable import NotifierService

/// A file of NotifierService with its running writer. Messages come from the partitions of ApplicationService in their
/// streams, and the broker confirms nothing. The folder and the clocks outlive it, so that a test can begin another
/// life.
struct NotifierFixture {
    static let address = Address(service: .notifier, partition: Partition(number: 0))

    /// What the lives of a file share.
    struct World {
        let folder: TemporaryFolder
        let wall = TestClock(Timestamp.testStart)
        let monotonic = TestClock(Timestamp(milliseconds: 0))
        let partitions: Int

        init(partitions: Int = 1) throws {
            folder = try TemporaryFolder("notifier")
            self.partitions = partitions
        }

        func run(_ body: (NotifierFixture) async throws -> Void) async throws {
            try await ConcurrencyLimit.withFiles { try await runNow(body) }
        }

        private func runNow(_ body: (NotifierFixture) async throws -> Void) async throws {
            let file = try LedgerFile(
                address: NotifierFixture.address, directory: folder.path, partitions: partitions,
                migrations: LedgerMigration.notifier, now: wall.now, lockTimeout: .seconds(3))
            defer { file.close() }
            let handler = try NotifierFixture.handler(partitions: partitions)
            let writer = try LedgerWriter(
                file: file, handler: handler,
                settings: LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 3),
                environment: LedgerEnvironment(
                    now: { [wall] in wall.now }, random: LedgerEnvironment.live.random,
                    monotonicNow: { [monotonic] in monotonic.now }),
                logger: .quiet)
            async let running: Void = writer.run(observer: NoOpLedgerObserver())
            writer.submit(.consumerConnected(queued: 0))
            let result: Result<Void, any Error>
            do {
                try await body(
                    NotifierFixture(
                        world: self, file: file, writer: writer, waiters: handler.waiters, notices: handler.notices))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            writer.stop()
            await running
            try result.get()
        }
    }

    static func handler(partitions: Int = 1) throws -> NotifierHandler {
        NotifierHandler(
            formatter: try NotificationFormatter(.en, defaultZone: .gmt),
            plan: ReminderPlan(leads: [ISODuration(days: 1), try ISODuration(parsing: "PT2H")]),
            defaultZone: "UTC", partitions: partitions)
    }

    let world: World
    let file: LedgerFile
    let writer: LedgerWriter
    let waiters: CommitWaiters<ID>
    /// What the dispatcher listens to.
    let notices: DeliveryNotices
    private let acks = AckRecorder()

    // MARK: - Messages in

    /// Applies messages in an epoch of the stream of one partition, behind what came before in it. Jobs may be left.
    func receive(_ messages: [Message], epoch: Int64, from partition: Int = 0) async throws {
        let producer = Address(service: .application, partition: Partition(number: partition))
        let stream = StreamName(producer: producer, consumer: Self.address)
        let known = try file.streams().first { $0.name == stream.description && $0.epoch == epoch }
        var seq: Int64 = 0
        if case .incoming(let last, _, _)? = known?.direction { seq = last }
        for message in messages {
            seq += 1
            let position = StreamPosition(stream: stream, epoch: epoch, seq: seq)
            var delivery = StoredDelivery(queue: "", exchange: "", routingKey: "", body: message.encoded())
            delivery.position = position
            writer.submit(
                .message(try .streamed(delivery, at: position), AckToken(target: acks, tag: UInt64(seq))))
        }
        try await writer.perform { _ in }
    }

    /// Returns when no job is left, and a step may run again: each waits a second for the broker.
    func settle() async throws {
        var hasJobs = true
        while hasJobs {
            for _ in 1...3 { try await writer.perform { _ in } }
            hasJobs = try count("SELECT count(*) FROM work") > 0
            world.monotonic.advance(.seconds(2))
        }
    }

    /// Time passes, and what is due is done.
    func pass(_ duration: Duration) async throws {
        world.wall.advance(duration)
        world.monotonic.advance(duration)
        try await settle()
    }

    // MARK: - What holds

    func count(_ sql: StaticString) throws -> Int {
        try file.pointRead { try $0.row(sql) { $0.int(0) } ?? 0 }
    }

    /// What users were told since the beginning of the file, as `user: kind`, sorted by user, and for each in order.
    func told() throws -> [String] {
        let bodies = try file.pointRead { try $0.rows("SELECT body FROM outbox ORDER BY seq") { $0.bytes(0) } }
        var told: [(user: String, text: String)] = []
        for body in bodies {
            guard case .notification(let notification) = try Message(parsing: body) else { continue }
            let user = notification.userID.string
            told.append((user, "\(user): \(notification.kind?.rawValue ?? "-")"))
        }
        return told.enumerated().sorted { ($0.element.user, $0.offset) < ($1.element.user, $1.offset) }
            .map(\.element.text)
    }

    /// Each recipient of an application with standing, in the order of users.
    func standings(of application: String = "a") throws -> [String] {
        try file.pointRead { snapshot in
            try snapshot.rows(
                """
                SELECT user, standing FROM application CROSS JOIN audience ON audience.application = application.id
                WHERE key = ? AND standing <> 'none' ORDER BY user
                """, application
            ) { "\($0.text(0)) \($0.text(1))" }
        }
    }

    /// When the reminders of all recipients are due, in hours from the start of the test.
    func reminders() throws -> [Int64] {
        try file.pointRead { snapshot in
            try snapshot.rows("SELECT due FROM timer WHERE kind = 'reminder' ORDER BY due") {
                ($0.int64(0) - Timestamp.testStart.milliseconds) / 3_600_000
            }
        }
    }
}
