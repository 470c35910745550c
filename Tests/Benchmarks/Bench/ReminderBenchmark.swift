import Broker
import BrokerTesting
import Contracts
import Foundation
import Logging
import Synchronization

/// NotifierService with a large number of reminders: what they cost while they are not due, and when many are due
/// within a short time, how late the last of them is and how much they delay other notifications.
struct ReminderBenchmark {
    private let options: Options
    private let folder: String
    /// They have two reminders each.
    private let users: Int
    private let due: Int
    /// Seconds within which these are due, the same number in each.
    private let dueWithin: Int
    private static let measured = 50_000

    init(_ options: Options) throws {
        self.options = options
        users = options.isBrief ? 100_000 : 500_000
        due = options.isFull ? 1_000_000 : 100_000
        dueWithin = options.isFull ? 60 : options.isBrief ? 6 : 2
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        let service = try Program(
            // The broker may have been used by an earlier run, whose files are gone.
            "\(options.binaries)/NotifierService", ["--accept-empty"],
            environment: [
                "PARTITIONS": "1",
                "AMQP_URL": options.broker, "DATA_DIR": folder + "/data", "HTTP_PORT": "0", "LOG_LEVEL": "warning",
                "REMINDERS": "P1D,PT2H",
            ])
        defer { service.stop() }
        try Measure.until("NotifierService consumes") { (try? session.consumerCount("notifier.p00")) ?? 0 > 0 }
        var stream = BenchStream(session)
        let (figures, perSecond) = try measureBeforeDue(&stream, session, service)
        return try figures + measureWhenDue(&stream, session, service, loadedAt: perSecond)
    }

    // MARK: - Not due

    /// - Returns: also how many confirmations per second NotifierService applies.
    private func measureBeforeDue(
        _ stream: inout BenchStream, _ session: BlockingClient, _ service: Program
    ) throws -> ([Figure], perSecond: Double) {
        try stream.send([BenchStream.create("far", start: "2035-12-09T14:00:00Z")])
        let before = try rate(&stream, session) { .status(.waiting, $0, of: "far") }
        let loading = ContinuousClock.now
        let cpuBefore = service.cpuSeconds
        for first in stride(from: 0, to: users, by: 1000) {
            try stream.send((first..<first + 1000).map { .status(.confirmed, "u\($0)", of: "far") })
        }
        try stream.untilApplied()
        let perSecond = Double(users) / ((ContinuousClock.now - loading) / .seconds(1))
        let cpu = (service.cpuSeconds - cpuBefore) * 1e6 / Double(users)
        _ = try session.purge(Exchange.notifications)
        let after = try rate(&stream, session) { .status(.waiting, $0, of: "far") }
        let figures = [
            Figure.rate("reminders: confirmations, with two reminders each", perSecond),
            .plain("reminders: CPU of NotifierService for each of them", "\(Int(cpu)) µs"),
            .rate(
                "reminders: notifications with \((2 * users).grouped) reminders stored; with none", after,
                reference: before),
        ]
        return (figures, perSecond)
    }

    private func rate(
        _ stream: inout BenchStream, _ session: BlockingClient, _ message: (String) -> Message
    ) throws -> Double {
        let before = try session.messageCount(Exchange.notifications)
        let started = ContinuousClock.now
        let prefix = UUID().uuidString.prefix(6)
        for first in stride(from: 0, to: Self.measured, by: 1000) {
            try stream.send((first..<first + 1000).map { message("\(prefix)-\($0)") })
        }
        try Measure.until("all users are notified", within: 300) {
            try session.messageCount(Exchange.notifications) >= before + Self.measured
        }
        let rate = Double(Self.measured) / ((ContinuousClock.now - started) / .seconds(1))
        _ = try session.purge(Exchange.notifications)
        return rate
    }

    // MARK: - Due

    private func measureWhenDue(
        _ stream: inout BenchStream, _ session: BlockingClient, _ service: Program, loadedAt perSecond: Double
    ) throws -> [Figure] {
        let listener = try NotificationListener(url: options.broker)
        defer { listener.stop() }
        // One application for each second, alternating between users: the reminders must be sent in order of time.
        let seconds = Int(Double(due) / perSecond * 1.5) + 10
        let first = Timestamp(milliseconds: (Timestamp.now().milliseconds / 1000 + Int64(seconds)) * 1000)
        let names = (0..<dueWithin).map { String(format: "due-%02d", $0) }
        for (shift, name) in names.enumerated() {
            let start = first.advanced(by: .seconds(7200 + shift))
            try stream.send([BenchStream.create(name, start: start.description)])
        }
        for first in stride(from: 0, to: due, by: 1000) {
            try stream.send(
                (first..<first + 1000).map { number in
                    .status(.confirmed, "d\(number)", of: names[names.count - 1 - number % names.count])
                })
        }
        try stream.untilApplied()
        guard Timestamp.now() < first else { throw BenchError("this machine is too slow for \(due) reminders") }
        _ = try session.purge(Exchange.notifications)
        let idle = try probe(&stream, listener, until: first)
        let busy = try probe(&stream, listener, until: nil)
        let seen = listener.reminders
        let last = first.advanced(by: .seconds(dueWithin - 1))
        let late = ((listener.lastReminder ?? last) - last) / .seconds(1)
        guard seen.count == due, zip(seen, seen.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw BenchError("reminders were lost or out of order")
        }
        return [
            .plain(
                "reminders: \(due.grouped) due within \(dueWithin) s, in order: the last is late by",
                "\(late.rounded(to: 1)) s"),
            Figure(
                name: "reminders: p99 until an offer reaches its volunteer during that; before",
                value: "\(busy.rounded(to: 0)) ms", reference: "\(idle.rounded(to: 0)) ms", ratio: busy / idle),
            .plain("reminders: peak memory of NotifierService", "\(service.memoryPeak) MB"),
        ]
    }

    /// Measures how long offers take, one at a time, until the given time or until all reminders have been sent.
    /// - Returns: their p99, in milliseconds.
    private func probe(
        _ stream: inout BenchStream, _ listener: NotificationListener, until end: Timestamp?
    ) throws -> Double {
        var delays: [Double] = []
        let deadline = Date(timeIntervalSinceNow: 300)
        while end.map({ Timestamp.now() < $0 }) ?? (listener.reminderCount < due) {
            guard Date.now < deadline else { break }
            let user = "probe-\(UUID().uuidString)"
            let sent = ContinuousClock.now
            try stream.send([.status(.available, user, of: "far", until: .now().advanced(by: .seconds(3600)))])
            try Measure.until("the offer arrives", every: 0.002) { listener.hasReceived(user) }
            delays.append((ContinuousClock.now - sent) / .milliseconds(1))
        }
        delays.sort()
        guard let maximum = delays.last else { return .nan }
        let (median, p99) = (delays[delays.count / 2], delays[delays.count * 99 / 100])
        print(
            "until an offer reached its volunteer, \(end == nil ? "during" : "before") the reminders: "
                + "\(Int(median)) median, "
                + "\(Int(p99)) p99, \(Int(maximum)) ms maximum")
        return p99
    }
}

/// A stream to NotifierService, in place of ApplicationService's.
struct BenchStream {
    private let session: BlockingClient
    private let epoch = Timestamp.now().milliseconds
    private var seq: Int64 = 0

    init(_ session: BlockingClient) { self.session = session }

    mutating func send(_ messages: [Message]) throws {
        let outgoing = messages.map { message -> OutgoingMessage in
            seq += 1
            return OutgoingMessage(
                exchange: Exchange.spotUpdates, routingKey: "\(message.action.rawValue).notifier.p00",
                properties: MessageProperties(
                    contentType: "application/json", type: message.action.rawValue, userID: "guest", deliveryMode: 2,
                    headers: [
                        HeaderName.stream: .string("application.p00>notifier.p00"), HeaderName.epoch: .int(epoch),
                        HeaderName.seq: .int(seq),
                    ]),
                body: message.encoded())
        }
        guard try session.publishBatch(outgoing).allSatisfy({ $0 == .confirmed }) else {
            throw BenchError("the broker did not confirm the load")
        }
    }

    /// Waits until NotifierService has consumed everything.
    func untilApplied() throws {
        try Measure.until("NotifierService has consumed everything", within: 600, every: 0.05) {
            try session.messageCount("notifier.p00") == 0
        }
    }

    static func create(_ id: String, start: String) throws -> Message {
        let time = try WireTime(parsing: start).timestamp(in: .gmt)
        let (date, clock) = CivilClock.civil(time, in: .gmt)
        return .create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: .trusted(id), availableSpots: 100_000, description: "",
                name: "Помощь в уборке территории", date: date, startTime: clock, endTime: clock, timeZone: "UTC"))
    }
}

extension Message {
    static func status(_ status: SpotStatus, _ user: String, of id: String, until end: Timestamp? = nil) -> Message {
        .spotStatus(
            SpotStatusRecord(
                applicationID: .trusted(id), userID: .trusted(user), status: status, timestamp: .instant(.now()),
                expiresAt: end.map { .instant($0) }, position: status == .waiting ? 1 : nil))
    }
}

/// Consumes the notifications to all users.
final class NotificationListener: Sendable {
    private struct State {
        var reminders: [String] = []
        var last: Timestamp?
        var received: Set<String> = []
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let shared = Shared()
    private let consumer: Consumer

    init(url: String) throws {
        let queue = "bench.listener"
        let shared = shared
        consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url), name: "bench listener",
            declarations: [
                .queue(name: queue, durable: false, exclusive: false, autoDelete: true, arguments: [:]),
                .binding(queue: queue, exchange: Exchange.notifications, key: "#"),
            ],
            subscriptions: [.init(queue: queue, prefetch: 2000)], bodyLimit: Limits.maxMessageBytes,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
            onDeliveries: { deliveries, session in
                shared.state.withLock { state in
                    for delivery in deliveries { Self.take(delivery, &state) }
                }
                session.settle(deliveries.map(\.tag))
            })
        let consumer = consumer
        let thread = Thread {
            let done = DispatchSemaphore(value: 0)
            // The benchmark is synchronous and polls; only the consumer runs in a task.
            Task {
                try? await consumer.run()
                done.signal()
            }
            done.wait()
        }
        thread.start()
        let session = try BlockingClient.connect(url: url, name: "bench")
        defer { session.close() }
        try Measure.until("the listener's queue exists", within: 10, every: 0.05) {
            (try? session.consumerCount(queue)) != nil
        }
    }

    private static func take(_ delivery: Delivery, _ state: inout State) {
        guard case .notification(let notification) = try? Message(parsing: delivery.body) else { return }
        if notification.kind == .reminder {
            state.reminders.append(notification.applicationID?.string ?? "")
            state.last = .now()
        } else if delivery.routingKey.hasPrefix("probe-") {
            state.received.insert(delivery.routingKey)
        }
    }

    var reminders: [String] { shared.state.withLock { $0.reminders } }
    var reminderCount: Int { shared.state.withLock { $0.reminders.count } }
    var lastReminder: Timestamp? { shared.state.withLock { $0.last } }
    func hasReceived(_ user: String) -> Bool { shared.state.withLock { $0.received.contains(user) } }

    func stop() { consumer.stop() }
}
