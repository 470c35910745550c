import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// Checks after failures, and the means to cause them.
extension TestSystem {
    typealias StreamStatus = ServiceProcess.StreamStatus

    /// The durable counters of a service, summed over its partitions.
    func counters(_ service: ServiceProcess) async throws -> [String: Int] { try await service.counters() }

    func streams(_ service: ServiceProcess) async throws -> [StreamStatus] { try await service.streams() }

    /// Waits until the system is idle, and checks that every message took effect once (foreign messages by their
    /// message_id, streamed ones by their `seq`), that both sides of every stream agree, and that all queues are empty.
    func expectExactlyOnce(
        applications others: [ServiceProcess] = [], ofForeign foreign: Int? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await quiesce()
        let applications = [application] + others
        let sides = applications + [waitlist]
        // The last streamed message may still be on its way.
        var statuses: [StreamStatus] = []
        try await eventually("both sides of every stream agree") {
            statuses = []
            for side in sides { statuses += try await streams(side) }
            return Self.agree(on: statuses)
        }
        let foreignMessages = recorder.recorded.filter { !$0.isOurs }
        let named = Set(foreignMessages.compactMap(\.messageID)).count
        let distinct = foreign ?? named + foreignMessages.count { $0.messageID == nil }
        try await expectBalance(of: applications, foreign: distinct, statuses, sourceLocation)
        try await expectBalance(of: [waitlist], foreign: 0, statuses, sourceLocation)
        let queues = (0..<partitions).flatMap { ["application.p0\($0)", "waitlist.p0\($0)"] } + ["application.ingress"]
        let left = try await brokerClient.perform { session in try queues.filter { try session.messageCount($0) > 0 } }
        #expect(left == [], sourceLocation: sourceLocation)
    }

    private static func agree(on statuses: [StreamStatus]) -> Bool {
        let ins = Dictionary(grouping: statuses.filter { $0.direction == "in" }, by: \.stream)
        return statuses.allSatisfy { out in
            guard out.direction == "out", !out.stream.hasSuffix(">notifier.p00"), !out.stream.contains(">notifier")
            else { return true }
            return ins[out.stream]?.map(\.last) == [out.last] && ins[out.stream]?.map(\.epoch) == [out.epoch]
        }
    }

    /// The number of messages received equals the number applied, refused, parked or forwarded.
    private func expectBalance(
        of services: [ServiceProcess], foreign: Int, _ statuses: [StreamStatus], _ sourceLocation: SourceLocation
    ) async throws {
        var sums: [String: Int] = [:]
        for service in services { sums.merge(try await counters(service), uniquingKeysWith: +) }
        func count(_ names: String...) -> Int { names.reduce(0) { $0 + sums[$1, default: 0] } }
        let name = services[0].kind == .application ? "application" : "waitlist"
        let streamed = statuses.filter { $0.direction == "in" && $0.stream.contains(">\(name).") }
            .reduce(0) { $0 + Int($1.last) }
        let effects = count("applied", "refused", "parked", "forwarded")
        #expect(effects == foreign + streamed, "\(name): \(sums), \(statuses)", sourceLocation: sourceLocation)
        // A duplicate in a stream is dropped before it counts as accepted.
        let known = count("accepted") - effects
        #expect((0...count("deduplicated")).contains(known), "\(name): \(sums)", sourceLocation: sourceLocation)
    }

    // MARK: - Faults

    /// Kills the broker with SIGKILL, after a sync of its tables: RabbitMQ 3.10 loses a quorum queue for good if it
    /// dies within half a second of the declaration, before its directory of queues is on disk.
    func killBroker() async throws {
        try await broker.evaluate("[dets:sync(T) || T <- dets:all()], ok.")
        try await broker.kill()
    }

    /// Starts the broker after `stop` or `kill`.
    func restartBroker() async throws {
        try await broker.restart()
        try await headAnswerer.startTracing()
    }

    /// Puts an empty broker in the place of the broker. The recorder misses what is published before it has its queue
    /// again.
    /// - Parameter programs: the folder of another version's `rabbitmq-server`; nil for the same version.
    func replaceBroker(programs: String? = nil) async throws {
        try await broker.replace(
            virtualHosts: url.split(separator: "/").suffix(1).map(String.init), programs: programs)
        try await headAnswerer.startTracing()
        try recorder.declare()
        try await declareQueues(except: processes.filter(\.isRunning).map(\.kind))
    }

    /// Removes the message at `index` (from 0; negative from the end) from a queue of `count` messages whose consumer
    /// is not running. The others return to the queue in order.
    func removeMessage(at index: Int, of count: Int, from queue: String) async throws -> Delivery {
        let url = url
        return try await brokerClient.perform { _ in
            let consumer = try BlockingClient.connect(url: url, name: "message remover")
            defer { consumer.close() }
            try consumer.subscribe(to: queue, prefetch: UInt16(count))
            var deliveries: [Delivery] = []
            while deliveries.count < count, let delivery = try consumer.next() { deliveries.append(delivery) }
            let removed = try #require(deliveries.count == count ? deliveries[(index + count) % count] : nil)
            try consumer.ack(removed.tag)
            return removed
        }
    }

    /// The messages in a queue, which stay there.
    func messages(in queue: String) async throws -> [Delivery] {
        let url = url
        return try await brokerClient.perform { _ in
            let reader = try BlockingClient.connect(url: url, name: "queue reader")
            defer { reader.close() }
            let count = try reader.messageCount(queue)
            guard count > 0 else { return [] }
            try reader.subscribe(to: queue, prefetch: UInt16(clamping: count))
            var deliveries: [Delivery] = []
            while deliveries.count < count, let delivery = try reader.next() { deliveries.append(delivery) }
            return deliveries
        }
    }

    /// The number of messages in a queue.
    func depth(_ queue: String) async throws -> Int {
        try await brokerClient.perform { try $0.messageCount(queue) }
    }

    /// Publishes until the broker confirms, across failures of the broker. The message_id makes repetitions duplicates.
    func publishUntilConfirmed(_ message: Message, messageID: String) async throws {
        let outgoing = OutgoingMessage(
            exchange: Exchange.waiting, routingKey: message.action.rawValue,
            properties: MessageProperties(contentType: "application/json", messageID: messageID, deliveryMode: 2),
            body: message.encoded())
        // A channel that the broker has lost never confirms; a new one does.
        try await eventually("\(messageID) is confirmed") {
            let outcome = try? await brokerClient.perform { try $0.publishBatch([outgoing], within: .seconds(5)) }
            return outcome == [.confirmed]
        }
    }

    /// Runs an additional process, which ends with the closure.
    func withProcess<Result>(
        _ kind: ServiceProcess.Kind, folder name: String, settings: [String: String] = [:],
        _ body: (ServiceProcess) async throws -> Result
    ) async throws -> Result {
        let folder = data.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let ours = ["AMQP_URL": url, "DATA_DIR": folder.path, "PARTITIONS": "\(partitions)"]
        let process = try ServiceProcess(kind, settings: ours.merging(settings) { $1 }, folder: folder)
        additional.add(process)
        do {
            let result = try await body(process)
            await process.kill()
            return result
        } catch {
            await process.kill()
            throw error
        }
    }
}

extension ServiceProcess {
    /// The error lines of its output, without the log.
    var errorLines: [Substring] { log.split(separator: "\n").filter { $0.hasPrefix("\(kind.rawValue): ") } }
}

extension Topology {
    /// As the broker client declares it.
    var declarations: [Declaration] {
        exchanges.map { .exchange(name: $0.name, type: $0.type, durable: $0.durable) }
            + queues.map { queue in
                let arguments = queue.arguments.mapValues { argument -> HeaderValue in
                    switch argument {
                    case .string(let value): .string(value)
                    case .int(let value): .int(Int64(value))
                    case .bool(let value): .bool(value)
                    }
                }
                return .queue(
                    name: queue.name, durable: queue.durable, exclusive: queue.exclusive, autoDelete: queue.autoDelete,
                    arguments: arguments)
            } + bindings.map { .binding(queue: $0.queue, exchange: $0.exchange, key: $0.key) }
    }
}
