import Broker
import BrokerTesting
import Contracts
import Foundation
import Fuzzing
import SeededRandom
import TestSupport
import Testing

/// Fuzzes the queues, sockets and ports of running services: they keep running and account for every message.
@Suite struct LiveFuzzTests {
    private static let seed = ProcessInfo.processInfo.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    private static let perQueue = 80

    @Test
    func `mutated bodies and headers are applied, refused, parked or dropped as duplicates, and nothing else happens`()
        async throws
    {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases, invariants: false) { system in
            var random = SeededGenerator(seed: Self.seed)
            let pids = system.processes.map(\.pid)
            try await system.fillApplication("456", confirmed: 1...2, waiting: 3...4)
            var bodies = OddBodies(seed: Self.seed)
            // The same reader in this process predicts which messages are parked.
            var sent: [String: Sent] = [:]
            for queue in [Topology.ingressQueue, "application.p00", "waitlist.p00", "notifier.p00"] {
                var messages: [OutgoingMessage] = []
                for number in 0..<Self.perQueue {
                    var message = OutgoingMessage(exchange: "", routingKey: queue, body: bodies.next())
                    message.properties = Self.properties(&random, number)
                    messages.append(message)
                }
                // Messages that AMQP cannot encode are not published.
                let batch = messages
                let outcomes = try await system.brokerClient.perform { try $0.publishBatch(batch) }
                let confirmed = zip(messages, outcomes).filter { $0.1 == .confirmed }.map(\.0)
                #expect(confirmed.count > Self.perQueue / 2)
                let service = queue == Topology.ingressQueue ? "application" : String(queue.prefix { $0 != "." })
                let isParked = { (message: OutgoingMessage) in
                    queue != Topology.ingressQueue || (try? Message(parsing: message.body)) == nil
                }
                sent[service, default: Sent()].count += confirmed.count
                // Equal messages with the same id are parked once.
                let parked = confirmed.filter(isParked)
                let named = Set(
                    parked.compactMap { message in message.properties.messageID.map { [Array($0.utf8), message.body] } }
                )
                sent[service, default: Sent()].parked += named.count + parked.count { $0.properties.messageID == nil }
            }
            try await sendForgedStreams(to: system, &bodies)
            try await system.quiesce()
            for (service, pid) in zip(system.processes, pids) {
                #expect(service.pid == pid && service.isRunning, "\(service.logTail)")
                #expect(await service.isReady)
                try await expectAccount(of: service, sent[Self.name(of: service)] ?? Sent(), on: system)
            }
        }
    }

    @Test func `sockets and health ports keep answering after malformed requests`() async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            var random = SeededGenerator(seed: Self.seed)
            let commands = try #require(FuzzedReader.named("command"))
            for service in system.processes {
                let socket = system.data.appending(path: "\(Self.name(of: service))-p00.sock").path
                for number in 0..<60 {
                    let base = random.element(of: commands.seeds)
                    // Some are valid commands, which do no harm: there is nothing to discard.
                    let line = number == 0 ? base : commands.mutate(base, base, &random)
                    _ = try RawClient.send(line + [UInt8(ascii: "\n")], to: .socket(socket))
                }
                for number in 0..<60 {
                    _ = try RawClient.send(Self.request(&random, number), to: .port(service.httpPort))
                }
                #expect(try await service.run("counters").exitCode == 0)
                #expect(try await service.get("healthz").status == 200)
                #expect(try await service.get("readyz").status == 200)
                #expect(service.isRunning, "\(service.logTail)")
            }
        }
    }

    // MARK: - Publishing

    /// What the test published to a service's queues.
    private struct Sent {
        var count = 0
        var parked = 0
    }

    /// Mutated bodies, of limited length to keep the test fast, and without control messages, since a control message
    /// of a trusted user may legitimately end a stream.
    private struct OddBodies {
        private var random: SeededGenerator
        private let all = FuzzedReader.message.seeds
        private let messages = FuzzedReader.message.seeds.filter { (try? Message(parsing: $0)) != nil }

        init(seed: UInt64) { random = SeededGenerator(seed: seed) }

        mutating func next() -> [UInt8] { vary(all) { _ in true } }

        /// A body that can be parsed.
        mutating func nextMessage() -> [UInt8] { vary(messages) { $0 != nil } }

        private mutating func vary(_ seeds: [[UInt8]], until isWanted: (Message?) -> Bool) -> [UInt8] {
            while true {
                let body = FuzzedReader.message.mutate(random.element(of: seeds), random.element(of: seeds), &random)
                guard body.count < 200_000 else { continue }
                let message = try? Message(parsing: body)
                if !(message?.action.isControl ?? false), isWanted(message) { return body }
            }
        }
    }

    /// With and without a trusted user and a message_id, with random headers. Stream headers are tested separately.
    private static func properties(_ random: inout SeededGenerator, _ number: Int) -> MessageProperties {
        var provider = FuzzedDataProvider((0..<random.smallInt(upTo: 400)).map { _ in UInt8(random.int(in: 0...255)) })
        return MessageProperties(
            contentType: random.oneIn(2) ? "application/json" : "\u{1b}[31m",
            messageID: random.oneIn(2) ? nil : "odd-\(Self.seed)-\(number / 2)\0\u{202e}",
            type: random.oneIn(2) ? nil : "volunteer_response", userID: random.oneIn(2) ? "guest" : nil,
            deliveryMode: 2, timestamp: random.next(), headers: provider.table())
    }

    /// Streams from partitions that do not exist, in order and from a trusted user, so that readable bodies reach the
    /// handlers.
    private func sendForgedStreams(to system: TestSystem, _ bodies: inout OddBodies) async throws {
        let routes = [
            ("waitlist.p07", "application.p00"), ("application.p07", "waitlist.p00"),
            ("application.p07", "notifier.p00"),
        ]
        for (producer, consumer) in routes {
            let messages = (1...Self.perQueue).map { seq in
                OutgoingMessage(
                    exchange: "", routingKey: consumer,
                    properties: MessageProperties(
                        userID: "guest", deliveryMode: 2,
                        headers: [
                            HeaderName.stream: .string("\(producer)>\(consumer)"), HeaderName.epoch: .int(1),
                            HeaderName.seq: .int(Int64(seq)), HeaderName.traceparent: .string("00-\(seq)"),
                        ]),
                    body: seq % 8 == 0 ? bodies.next() : bodies.nextMessage())
            }
            try await system.brokerClient.publish(messages)
        }
    }

    // MARK: - Accounting

    /// Contract section 7: every accepted message was applied, refused, parked or deduplicated, or is blocked.
    private func expectAccount(of service: ServiceProcess, _ sent: Sent, on system: TestSystem) async throws {
        let name = Self.name(of: service)
        let counters = try await system.counters(service)
        let parked = try await service.run("parked", "list").lines
        #expect(parked.count == sent.parked, "\(name) parked")
        #expect(parked.allSatisfy { $0.split(separator: "\t", omittingEmptySubsequences: false).count == 7 })
        let blocked = try await service.run("blocked", "list").lines
        func counted(_ name: String) -> Int { counters[name, default: 0] }
        // A message that was blocked and applied later is counted twice.
        let ends = ["applied", "refused", "parked", "deduplicated", "forwarded", "discarded"].map(counted).reduce(0, +)
        #expect(counted("accepted") == ends + blocked.count, "\(name): \(counters), \(blocked)")
        #expect(counted("parked") == sent.parked, "\(name): \(counters)")
        // Published through the exchanges: the markers of `quiesce` and the commands of `fillApplication`.
        let throughExchanges = system.recorder.count { !$0.isOurs }
        let streamed = try await system.streams(service).filter { $0.direction == "in" }.reduce(0) { $0 + Int($1.last) }
        let foreign = name == "application" ? throughExchanges : 0
        #expect(
            counted("accepted") - counted("deduplicated") <= sent.count + streamed + foreign, "\(name): \(counters)")
        #expect(counted("accepted") >= sent.count + streamed + foreign, "\(name): \(counters)")
    }

    private static func name(of service: ServiceProcess) -> String {
        switch service.kind {
        case .application: "application"
        case .waitlist: "waitlist"
        case .notifier: "notifier"
        }
    }

    /// Malformed HTTP requests.
    private static func request(_ random: inout SeededGenerator, _ number: Int) -> [UInt8] {
        let line = [
            "GET /metrics HTTP/1.1", "POST /readyz HTTP/1.1", "GET /../../etc/passwd HTTP/1.1", "GET /%00%zz HTTP/1.1",
            "get / http/1.1", "GET / HTTP/9.9", "PRI * HTTP/2.0", "GET /healthz HTTP/1.0",
        ]
        let fields = [
            "Content-Length: -1", "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked", "Host:",
            "X: \(String(repeating: "a", count: 100_000))", ": no name", "Content-Length: 4\r\nContent-Length: 5",
            "Expect: 100-continue", "Upgrade: h2c", "Connection: close",
        ]
        var text = random.element(of: line) + "\r\n"
        for _ in 0..<random.int(in: 0...4) { text += random.element(of: fields) + "\r\n" }
        text += "\r\n" + (random.oneIn(2) ? "ffffffffffffffff\r\nab" : "")
        var bytes = Array(text.utf8)
        for _ in 0..<random.int(in: 0...3) {
            bytes[random.int(in: 0...(bytes.count - 1))] = UInt8(random.int(in: 0...255))
        }
        return number % 10 == 0 ? (0..<2_000).map { _ in UInt8(random.int(in: 0...255)) } : bytes
    }
}
