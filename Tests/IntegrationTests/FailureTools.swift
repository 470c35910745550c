import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// What the tests of failures ask the services through their subcommands, and do to them behind their backs.
extension Stage {
    typealias Standing = ServiceProcess.Standing

    /// The durable counters of all partitions of a service, summed.
    func counters(_ service: ServiceProcess) async throws -> [String: Int] { try await service.counters() }

    func streams(_ service: ServiceProcess) async throws -> [Standing] { try await service.streams() }

    /// Waits for silence, and asserts that all that was published has its effect once: foreign messages by message_id,
    /// streamed
    /// ones by their numbers; that both sides of every stream agree; and that no queue holds anything.
    func expectExactlyOnce(
        applications others: [ServiceProcess] = [], ofForeign foreign: Int? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await quiesce()
        let applications = [application] + others
        let sides = applications + [waitlist]
        // Asked of the broker behind everything else; the last streamed message may still be on its way.
        var standings: [Standing] = []
        try await eventually("both sides of every stream agree") {
            standings = []
            for side in sides { standings += try await streams(side) }
            return Self.agree(standings)
        }
        let isForeign = watch.recorded.filter { !$0.isOurs }
        let named = Set(isForeign.compactMap(\.messageID)).count
        let distinct = foreign ?? named + isForeign.count { $0.messageID == nil }
        try await expectBalance(of: applications, foreign: distinct, standings, sourceLocation)
        try await expectBalance(of: [waitlist], foreign: 0, standings, sourceLocation)
        let queues = (0..<partitions).flatMap { ["application.p0\($0)", "waitlist.p0\($0)"] } + ["application.ingress"]
        let left = try await outside.on { session in try queues.filter { try session.messageCount($0) > 0 } }
        #expect(left == [], sourceLocation: sourceLocation)
    }

    private static func agree(_ standings: [Standing]) -> Bool {
        let ins = Dictionary(grouping: standings.filter { $0.direction == "in" }, by: \.stream)
        return standings.allSatisfy { out in
            guard out.direction == "out", !out.stream.hasSuffix(">notifier.p00"), !out.stream.contains(">notifier")
            else { return true }
            return ins[out.stream]?.map(\.last) == [out.last] && ins[out.stream]?.map(\.epoch) == [out.epoch]
        }
    }

    /// What came in is what had an effect, was refused or was set aside, each once.
    private func expectBalance(
        of services: [ServiceProcess], foreign: Int, _ standings: [Standing], _ sourceLocation: SourceLocation
    ) async throws {
        var sums: [String: Int] = [:]
        for service in services { sums.merge(try await counters(service), uniquingKeysWith: +) }
        func count(_ names: String...) -> Int { names.reduce(0) { $0 + sums[$1, default: 0] } }
        let name = services[0].kind == .application ? "application" : "waitlist"
        let streamed = standings.filter { $0.direction == "in" && $0.stream.contains(">\(name).") }
            .reduce(0) { $0 + Int($1.last) }
        let effects = count("applied", "refused", "parked", "forwarded")
        #expect(effects == foreign + streamed, "\(name): \(sums), \(standings)", sourceLocation: sourceLocation)
        // A duplicate on a stream is dropped without being accepted.
        let known = count("accepted") - effects
        #expect((0...count("deduplicated")).contains(known), "\(name): \(sums)", sourceLocation: sourceLocation)
    }

    // MARK: - Interfering

    /// SIGKILL for the broker, which first writes down that its queues exist: RabbitMQ 3.10 loses a quorum queue for
    /// good
    /// when it dies in the half second after the declaration, before its directory of them is on the disk.
    func killBroker() async throws {
        try await broker.evaluate("[dets:sync(T) || T <- dets:all()], ok.")
        try await broker.kill9()
    }

    /// Consumes from a queue whose owner is away, acks the n-th message (from 0, negative from the end of `count`) and
    /// gives
    /// the others back, in order.
    func steal(_ index: Int, of count: Int, from queue: String) async throws -> Delivery {
        let url = url
        return try await outside.on { _ in
            let thief = try BlockingClient.connect(url: url, name: "thief")
            defer { thief.close() }
            try thief.subscribe(to: queue, prefetch: UInt16(count))
            var deliveries: [Delivery] = []
            while deliveries.count < count, let delivery = try thief.next() { deliveries.append(delivery) }
            let stolen = try #require(deliveries.count == count ? deliveries[(index + count) % count] : nil)
            try thief.ack(stolen.tag)
            return stolen
        }
    }

    /// What waits in a queue; it stays there.
    func look(into queue: String) async throws -> [Delivery] {
        let url = url
        return try await outside.on { _ in
            let visitor = try BlockingClient.connect(url: url, name: "visitor")
            defer { visitor.close() }
            let count = try visitor.messageCount(queue)
            guard count > 0 else { return [] }
            try visitor.subscribe(to: queue, prefetch: UInt16(clamping: count))
            var deliveries: [Delivery] = []
            while deliveries.count < count, let delivery = try visitor.next() { deliveries.append(delivery) }
            return deliveries
        }
    }

    /// How many messages wait in a queue.
    func depth(_ queue: String) async throws -> Int {
        try await outside.on { try $0.messageCount(queue) }
    }

    /// Publishes until the broker has it, whatever happens to the broker; the message_id makes it one message.
    func insist(_ message: Message, messageID: String) async throws {
        let outgoing = OutgoingMessage(
            exchange: Exchange.waiting, routingKey: message.action.rawValue,
            properties: MessageProperties(contentType: "application/json", messageID: messageID, deliveryMode: 2),
            body: message.encoded())
        // A channel that the broker forgot gives no answer for ever; a new one does.
        try await eventually("\(messageID) is taken") {
            let outcome = try? await outside.on { try $0.publishBatch([outgoing], within: .seconds(5)) }
            return outcome == [.confirmed]
        }
    }

    /// Another process than the stage's two, which ends with the closure.
    func withProcess<Result>(
        _ kind: ServiceProcess.Kind, folder name: String, settings: [String: String] = [:],
        _ body: (ServiceProcess) async throws -> Result
    ) async throws -> Result {
        let folder = data.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let ours = ["AMQP_URL": url, "DATA_DIR": folder.path, "PARTITIONS": "\(partitions)"]
        let process = try ServiceProcess(kind, settings: ours.merging(settings) { $1 }, folder: folder)
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
    /// The lines that it complained with, not those of its log.
    var complaints: [Substring] { log.split(separator: "\n").filter { $0.hasPrefix("\(kind.rawValue): ") } }
}

extension Topology {
    /// As a connection declares it.
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
