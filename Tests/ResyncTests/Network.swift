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

/// The three services with their real handlers, files, relays and handshakes, and a broker in memory between them:
/// ApplicationService and WaitlistService with one of two partitions, NotifierService with both. Any file can be
/// replaced while its process is down; what was published stays in the queues.
final class Network {
    /// A notification that a user was sent.
    struct Push: Hashable, CustomStringConvertible {
        let user: String
        let application: String
        let kind: NotificationKind
        let text: String

        var description: String { "\(user) in \(application): \(kind) \(text)" }
    }

    static let partitions = 2

    let wall = TestClock(Timestamp.testStart)
    let nodes: [Node]
    private(set) var pushes: [Push] = []
    private let lives: AsyncStream<Node.Life>
    private let newLife: AsyncStream<Node.Life>.Continuation

    init() throws {
        let first = Partition(number: 0)
        nodes = try [
            Address(service: .application, partition: first), Address(service: .waitlist, partition: first),
            Address(service: .notifier, partition: first),
            Address(service: .notifier, partition: Partition(number: 1)),
        ].map(Node.init)
        (lives, newLife) = AsyncStream.makeStream()
    }

    var application: Node { nodes[0] }
    var waitlist: Node { nodes[1] }
    var notifiers: ArraySlice<Node> { nodes[2...] }

    /// Runs the processes that `body` and this start.
    static func run(_ body: (Network) async throws -> Void) async throws {
        try await ConcurrencyLimit.withFiles { try await runNow(body) }
    }

    private static func runNow(_ body: (Network) async throws -> Void) async throws {
        let network = try Network()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [lives = network.lives] in
                await withDiscardingTaskGroup { processes in
                    for await life in lives {
                        processes.addTask {
                            await life.writer.run(observer: life.commits)
                            life.end.finish()
                        }
                    }
                }
            }
            let result: Result<Void, any Error>
            do {
                for node in network.nodes { try network.start(node) }
                try await body(network)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            for node in network.nodes { await network.stop(node) }
            network.newLife.finish()
            try result.get()
        }
    }

    // MARK: - Processes

    func start(_ node: Node) throws {
        let (handler, migrations) = try Self.handler(node.address.service)
        let file = try LedgerFile(
            address: node.address, directory: node.folder.path, partitions: Self.partitions, migrations: migrations,
            now: wall.now, lockTimeout: .seconds(3))
        let environment = LedgerEnvironment(
            now: { [wall] in wall.now }, random: { (.random(in: 0 ... .max), .random(in: 0 ... .max)) },
            monotonicNow: { [wall] in wall.now })
        let writer = try LedgerWriter(
            file: file, handler: handler,
            settings: LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 3), environment: environment,
            logger: .quiet)
        let (ended, end) = AsyncStream<Void>.makeStream()
        let life = Node.Life(
            file: file, writer: writer,
            relay: try OutboxRelay(file: file, environment: environment, logger: .quiet), commits: Commits(),
            ended: ended, end: end)
        node.life = life
        newLife.yield(life)
        writer.submit(.consumerConnected(queued: node.queue.count))
    }

    func stop(_ node: Node) async {
        guard let life = node.life else { return }
        node.life = nil
        life.writer.stop()
        for await _ in life.ended {}
        life.file.close()
    }

    private static func handler(_ service: ServiceName) throws -> (any LedgerHandler, [LedgerMigration]) {
        switch service {
        case .application:
            let policy = ApplicationPolicy(partitions: partitions, timeZone: "UTC", changesPerHour: 0)
            let events = OperationEvents(waiters: OperationWaiters())
            return (ApplicationHandler(policy: policy, events: events), LedgerMigration.application)
        case .waitlist:
            let policy = OfferPolicy(factor: .all, window: ISODuration(time: .seconds(600)))
            return (WaitlistHandler(policy: policy, defaultZone: "UTC"), LedgerMigration.waitlist)
        case .notifier:
            let formatter = try NotificationFormatter(.en, defaultZone: .gmt)
            let plan = ReminderPlan(leads: [ISODuration(days: 1)])
            return (
                NotifierHandler(formatter: formatter, plan: plan, defaultZone: "UTC", partitions: partitions),
                LedgerMigration.notifier
            )
        }
    }

    // MARK: - Messages

    func send(_ command: Message) {
        application.queue.append(.command(command))
    }

    /// The process publishes what it may, and processes up to `limit` messages of its queue.
    func pump(_ node: Node, limit: Int = .max) async throws {
        guard let life = node.life else { return }
        follow(life)
        for head in life.relay.nextHeads(max: 99) {
            send(.control(.streamHead(head.head)), to: head.head.stream.consumer)
        }
        let messages = life.relay.next(max: 200)
        for message in messages { try publish(message) }
        life.writer.submit(.confirmed(life.relay.settled(messages.map { ($0.publishID, true) })))
        let delivered = node.queue.prefix(limit)
        node.queue.removeFirst(delivered.count)
        for queued in delivered { try deliver(queued, to: node.address, life) }
        try await life.writer.perform { _ in }
        follow(life)
    }

    private func follow(_ life: Node.Life) {
        for commit in life.commits.take() {
            life.relay.streamsChanged(commit)
            for control in commit.controlMessages { send(.control(control.message), to: control.recipient) }
        }
    }

    private func send(_ queued: Node.Queued, to address: Address) {
        nodes.first { $0.address == address }?.queue.append(queued)
    }

    private func publish(_ message: OutboxMessage) throws {
        if let stream = StreamName(parsing: message.stream) {
            return send(.message(message, stream), to: stream.consumer)
        }
        guard case .notification(let told) = try Message(streamed: message.body) else { return }
        pushes.append(
            Push(
                user: told.userID.string, application: told.applicationID?.string ?? "",
                kind: told.kind ?? .refused, text: told.message))
    }

    private func deliver(_ queued: Node.Queued, to address: Address, _ life: Node.Life) throws {
        let token = AckToken(target: AckRecorder(), tag: 1)
        switch queued {
        case .command(let message):
            let delivery = StoredDelivery(queue: "", exchange: "", routingKey: "", body: message.encoded())
            life.writer.submit(.message(try .foreign(delivery, for: address.service), token))
        case .message(let message, let stream):
            let position = StreamPosition(stream: stream, epoch: message.epoch, seq: message.seq)
            var delivery = StoredDelivery(queue: "", exchange: "", routingKey: "", body: message.body)
            delivery.position = position
            life.writer.submit(.message(try .streamed(delivery, at: position), token))
        case .control(.streamHead(let head)): life.writer.submit(.streamHead(head, token))
        case .control(.streamApplied(let applied)):
            life.writer.submit(.streamApplied(applied, answersHead: life.relay.expects(applied), token))
        case .control(.resend(let request)): life.relay.resend(request)
        case .control: break
        }
    }

    /// Time passes, in steps of 5 s.
    func pass(rounds: Int) async throws {
        for _ in 1...rounds {
            wall.advance(.seconds(5))
            for node in nodes { try await pump(node) }
        }
    }

    /// Nothing is published, queued or left to do any more. Time passes meanwhile.
    func settle(rounds: Int = 300) async throws -> Bool {
        var quiet = 0
        for _ in 1...rounds {
            try await pass(rounds: 1)
            quiet = try isQuiet() ? quiet + 1 : 0
            // Longer than it takes until the next heads.
            if quiet > 14 { return true }
        }
        return false
    }

    private func isQuiet() throws -> Bool {
        try nodes.allSatisfy { node in
            guard let life = node.life, life.relay.depth == 0 else { return false }
            let hasMessages = node.queue.contains { if case .control = $0 { false } else { true } }
            guard !hasMessages else { return false }
            return try life.file.pool.read { db in
                try Int.fetchOne(
                    db,
                    sql: """
                        SELECT (SELECT count(*) FROM work) + (SELECT count(*) FROM blocked)
                            + (SELECT count(*) FROM stream_in WHERE is_resyncing)
                            + (SELECT count(*) FROM stream_out
                                WHERE unverified_head IS NOT NULL AND name NOT LIKE '%>notifications')
                        """) == 0
            }
        }
    }

    /// For the message of a failure.
    func summary() throws -> String {
        try nodes.map { node in
            let streams = try node.life?.file.streams().map { "  \($0)" }.joined(separator: "\n") ?? "  down"
            let left = try node.life?.file.pool.read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT kind || ' ' || key || ' ' || cursor || ' ' || detail FROM work
                        UNION ALL SELECT 'blocked: ' || reason FROM blocked
                        """)
            }
            return "\(node.address): \(node.queue.count) queued, depth \(node.life?.relay.depth ?? -1), "
                + "left \(left ?? [])\n\(streams)"
        }.joined(separator: "\n")
    }
}
