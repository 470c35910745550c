import ApplicationDomain
import Contracts
import Foundation
import GRDB
import Ledger
import NotifierDomain
import TestSupport
import WaitlistDomain
import Wording

@testable import ApplicationService
@testable import NotifierService
@testable import WaitlistService

/// The three services' handlers, each with a file and a running writer, and no broker between them: what one puts into
/// its outbox, the others apply in order. The files and the clocks outlive it, so that a test can begin another life.
struct Services {
    /// One service in one life.
    struct Node {
        let handler: any LedgerHandler
        let file: LedgerFile
        let writer: LedgerWriter

        func count(_ table: String) throws -> Int {
            try file.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
        }

        /// How many rows of a kind were forgotten.
        func forgotten(_ kind: String) throws -> Int64 {
            try file.counters()["forgotten_\(kind)", default: 0]
        }
    }

    /// What the services share: folder, clocks and settings.
    struct World {
        let folder: TemporaryFolder
        let wall = TestClock(Timestamp.testStart)
        let monotonic = TestClock(Timestamp(milliseconds: 0))
        /// `RETENTION` of all services, unless a service has its own.
        var retention: Duration? = .seconds(365 * 86_400)
        var retentions: [ServiceName: Duration] = [:]

        init() throws {
            folder = try TemporaryFolder("services")
        }

        fileprivate func open(_ service: ServiceName) throws -> Node {
            let (handler, migrations) = try Self.handler(service)
            let file = try LedgerFile(
                address: Address(service: service, partition: Partition(number: 0)), directory: folder.path,
                partitions: 1, migrations: migrations, now: wall.now, lockTimeout: .seconds(3))
            let writer = try LedgerWriter(
                file: file, handler: handler,
                settings: LedgerSettings(
                    outboxRetention: .seconds(3600), maxAttempts: 3, retention: retentions[service] ?? retention),
                environment: LedgerEnvironment(
                    now: { [wall] in wall.now }, random: { (.random(in: 0 ... .max), .random(in: 0 ... .max)) },
                    monotonicNow: { [monotonic] in monotonic.now }),
                logger: .quiet)
            return Node(handler: handler, file: file, writer: writer)
        }

        private static func handler(_ service: ServiceName) throws -> (any LedgerHandler, [LedgerMigration]) {
            switch service {
            case .application:
                let policy = ApplicationPolicy(partitions: 1, timeZone: "UTC", changesPerHour: 3)
                let events = OperationEvents(waiters: OperationWaiters())
                return (ApplicationHandler(policy: policy, events: events), LedgerMigration.application)
            case .waitlist:
                let policy = OfferPolicy(factor: .all, window: ISODuration(days: 1))
                return (WaitlistHandler(policy: policy, defaultZone: "UTC"), LedgerMigration.waitlist)
            case .notifier:
                let formatter = try NotificationFormatter(.en, defaultZone: .gmt)
                let plan = ReminderPlan(leads: [ISODuration(days: 1)])
                return (
                    NotifierHandler(formatter: formatter, plan: plan, defaultZone: "UTC", partitions: 1),
                    LedgerMigration.notifier
                )
            }
        }

        /// Runs the services while `body` runs.
        func run(_ body: (Services) async throws -> Void) async throws {
            try await ConcurrencyLimit.withFiles { try await runNow(body) }
        }

        private func runNow(_ body: (Services) async throws -> Void) async throws {
            monotonic.now = Timestamp(milliseconds: 0)
            let nodes = [try open(.application), try open(.waitlist), try open(.notifier)]
            defer { for node in nodes { node.file.close() } }
            async let first: Void = nodes[0].writer.run(observer: NoOpLedgerObserver())
            async let second: Void = nodes[1].writer.run(observer: NoOpLedgerObserver())
            async let third: Void = nodes[2].writer.run(observer: NoOpLedgerObserver())
            for node in nodes { node.writer.submit(.consumerConnected(queued: 0)) }
            let result: Result<Void, any Error>
            do {
                // The clocks of a life begin with its first transaction.
                for node in nodes { try await node.writer.perform { _ in } }
                try await body(
                    Services(world: self, application: nodes[0], waitlist: nodes[1], notifier: nodes[2]))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            for node in nodes { node.writer.stop() }
            _ = await (first, second, third)
            try result.get()
        }
    }

    let world: World
    let application: Node
    let waitlist: Node
    let notifier: Node

    // MARK: - Time and messages

    /// Time passes while the services run; everything due is done, and every message is applied.
    func pass(_ time: Duration) async throws {
        world.wall.advance(time)
        world.monotonic.advance(time)
        try await settle()
    }

    /// A command from outside.
    @discardableResult
    func send(_ message: Message) async throws -> Disposition {
        let delivery = StoredDelivery(
            queue: "application.ingress", exchange: "", routingKey: "", body: message.encoded())
        let inbound = try InboundMessage.foreign(delivery, for: .application)
        let disposition = try await application.apply(inbound)
        try await settle()
        return disposition
    }

    /// Returns when nothing is in progress, and every message has been applied.
    func settle() async throws {
        var isDone = false
        while !isDone {
            isDone = true
            for node in [application, waitlist, notifier] {
                // The maintenance of a transaction comes after its jobs.
                for _ in 1...2 { try await node.writer.perform { _ in } }
                while try node.count("work") > 0 { try await node.writer.perform { _ in } }
            }
            for node in [application, waitlist] where try await deliver(from: node) { isDone = false }
        }
    }

    /// Applies what a service has put into its outbox since the last call. False: nothing.
    private func deliver(from producer: Node) async throws -> Bool {
        let rows = try await producer.file.pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, name, stream_out.epoch, seq, body FROM stream_out CROSS JOIN outbox
                    ON outbox.stream = stream_out.id AND outbox.seq > stream_out.applied ORDER BY id, seq
                    """
            ).map { ($0[0] as Int64, $0[1] as String, $0[2] as Int64, $0[3] as Int64, $0[4] as Data) }
        }
        // The consumers answer what they know, as they do to heads.
        for name in Set(rows.map(\.1)) {
            guard let stream = StreamName(parsing: name), let row = rows.first(where: { $0.1 == name }) else {
                continue
            }
            let last = try await producer.file.pool.read { db in
                try Int64.fetchOne(db, sql: "SELECT applied FROM stream_out WHERE id = ?", arguments: [row.0]) ?? 0
            }
            let applied = StreamApplied(stream: stream, epoch: row.2, last: last)
            producer.writer.submit(.streamApplied(applied, answersHead: true, AckToken(target: AckRecorder(), tag: 0)))
        }
        var isEmpty = true
        for (id, name, epoch, seq, body) in rows {
            guard let stream = StreamName(parsing: name) else { continue }
            isEmpty = false
            let position = StreamPosition(stream: stream, epoch: epoch, seq: seq)
            var delivery = StoredDelivery(queue: "", exchange: "", routingKey: "", body: Array(body))
            delivery.position = position
            let node = [ServiceName.application: application, .waitlist: waitlist, .notifier: notifier]
            try await node[stream.consumer.service]?.apply(.streamed(delivery, at: position))
            try await producer.writer.perform { transaction in
                try transaction.db.execute(
                    sql: "UPDATE stream_out SET confirmed = ?1, applied = ?1 WHERE id = ?2", arguments: [seq, id])
            }
        }
        return !isEmpty
    }

    /// A list that knows every message of ApplicationService about it, and nobody else.
    func isInStep(_ id: ID) throws -> Bool {
        let application = try self.application.file.pointRead { try ApplicationStore($0).application(id) }
        let list = try waitlist.file.pointRead { try WaitlistStore($0).list(id) }
        guard let application, let list else { return false }
        return list.list.seen == application.application.sent && list.list.listed == application.application.waiting
    }
}

extension Services.Node {
    @discardableResult
    fileprivate func apply(_ inbound: InboundMessage) async throws -> Disposition {
        try await writer.perform { [handler] in try handler.apply(inbound, in: $0) }
    }
}
