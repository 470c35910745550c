import Broker
import BrokerTesting
import Foundation
import Synchronization
import TestSupport
import Testing

/// Failures of the network and the broker. Tests that stop, kill or alarm a broker start their own.
@Suite(.serialized, .timeLimit(.minutes(20))) struct FailureTests {
    /// Publishes and consumes during a failure. In the end every message is confirmed, and a reader that accepts only
    /// the next number, as a stream receiver does, has received all of them.
    private func stream(
        _ count: Int, through broker: ThrowawayBroker, url: String, during failure: (ListSource) async throws -> Void
    ) async throws {
        let source = ListSource((0..<count).map { message(UInt64($0), to: "q") })
        let recorder = DeliveryRecorder()
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url, heartbeat: .seconds(2)), name: "c", declarations: [queue("q")],
            subscriptions: [.init(queue: "q", prefetch: 200)], bodyLimit: 1 << 20, logger: .quiet,
            onDeliveries: { deliveries, session in
                recorder.record(deliveries, session)
                session.settle(deliveries.map(\.tag))
            })
        try await running(try publisher(url, source, heartbeat: .seconds(2), declarations: [queue("q")])) {
            try await running(consumer) {
                try await failure(source)
                try await eventually("every message is confirmed") { source.confirmed == count }
                try await eventually("every message arrives", poll: .milliseconds(100)) {
                    Self.acceptedInOrder(recorder.texts) == count
                }
            }
        }
    }

    /// How many messages a reader accepts that takes n only after n - 1.
    private static func acceptedInOrder(_ texts: [String]) -> Int {
        texts.reduce(into: 0) { next, text in if Int(text) == next { next += 1 } }
    }

    @Test func `no message is lost when the broker restarts or is killed`() async throws {
        let broker = try await ThrowawayBroker.start()
        try await stream(20_000, through: broker, url: broker.url) { source in
            try await eventually("messages flow") { source.confirmed > 1000 }
            try await broker.stop()
            try await broker.restart()
            let before = source.confirmed
            try await eventually("messages flow again") { source.confirmed > min(before + 1000, 19_999) }
            try await broker.kill()
            try await broker.restart()
        }
        try await broker.remove()
    }

    @Test func `a node that is down is passed over, and when the node in use fails the next one is used`() async throws
    {
        let broker = try await ThrowawayBroker.shared()
        let url = try await broker.virtualHost()
        let proxies = try (0..<3).map { _ in try BrokerProxy(to: url) }
        defer { for proxy in proxies { proxy.close() } }
        proxies[0].close()
        let nodes = proxies.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        let port = try BrokerEndpoint(url: url).port
        let cluster = url.replacingOccurrences(of: "127.0.0.1:\(port)", with: nodes)
        try #require(try BrokerEndpoint(url: cluster).nodes.count == 3)
        try await stream(20_000, through: broker, url: cluster) { source in
            try await eventually("messages flow through the second node") { source.confirmed > 1000 }
            // A refused declaration, for example while the queue starts, also moves a client on to the third node.
            #expect(proxies[1].accepted > 0)
            proxies[1].close()
            let before = source.confirmed
            try await eventually("messages flow through the third node") { source.confirmed > before + 1000 }
            #expect(proxies[2].accepted > 0)
        }
    }

    @Test func `no message is lost when connections are reset repeatedly`() async throws {
        let broker = try await ThrowawayBroker.shared()
        let url = try await broker.virtualHost()
        let proxy = try BrokerProxy(to: url)
        defer { proxy.close() }
        try await stream(20_000, through: broker, url: try proxy.url(for: url)) { source in
            for round in 1...5 {
                try await eventually("messages flow", poll: .milliseconds(1)) {
                    source.confirmed > round * 1500 || source.confirmed == 20_000
                }
                proxy.cut()
            }
        }
    }

    @Test func `an alarm blocks the publisher but not the consumer, and no message is lost`() async throws {
        let broker = try await ThrowawayBroker.start()
        let source = ListSource()
        let states = StateRecorder()
        let recorder = DeliveryRecorder()
        let client = try BlockingClient.connect(url: broker.url)
        try client.declare([queue("q")])
        try client.publishBatch((0..<10).map { message(UInt64($0), to: "q") })
        client.close()
        let publisher = try publisher(
            broker.url, source, heartbeat: .seconds(1), declarations: [queue("p")], onState: { states.record($0) })
        try await running(publisher) {
            try await eventually("the publisher is connected") { states.all.last == .connected }
            try await broker.setAlarm(true)
            try await eventually("the alarm is raised") {
                try await broker.evaluate("rabbit_alarm:get_alarms().") != "[]"
            }
            // The first messages exceed the socket buffers.
            source.add(
                (0..<1000).map { index in
                    var message = message(UInt64(index), to: "p")
                    if index < 30 { message.body = [UInt8](repeating: 1, count: 1 << 20) }
                    return message
                })
            publisher.wake()
            try await eventually("publishing is blocked") {
                if case .publishingBlocked(let reason)? = states.all.last { reason.contains("memory") } else { false }
            }
            let published = source.state.withLock { $0.published }
            #expect(published < 1000 && source.confirmed == 0)
            let consumer = try recorder.consumer(broker.url, ["q"])
            try await running(consumer) {
                try await eventually("a consumer still reads") { recorder.deliveries.count == 10 }
            }
            // Heartbeats of 1 s continue while publishing is blocked: after five it is still the same connection.
            let end = ContinuousClock.now + .seconds(5)
            try await eventually("five seconds pass") { ContinuousClock.now > end }
            #expect(source.state.withLock { $0.published } == published)
            #expect(source.state.withLock { $0.disconnections } == 0)
            try await broker.setAlarm(false)
            try await eventually("all messages are confirmed") { source.confirmed == 1000 }
        }
        #expect(source.state.withLock { $0.disconnections } == 1)
        try await broker.remove()
    }

    @Test func `consumer and publisher notice a half-open connection within about two heartbeats`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let proxy = try BrokerProxy(to: url)
        defer { proxy.close() }
        let recorder = DeliveryRecorder()
        let states = StateRecorder()
        let source = ListSource()
        let consumer = try recorder.consumer(
            try proxy.url(for: url), ["q"], declarations: [queue("q")], heartbeat: .seconds(2))
        let publisher = try publisher(
            try proxy.url(for: url), source, heartbeat: .seconds(2), declarations: [queue("q")],
            onState: { states.record($0) })
        func isLost(_ states: [ConnectionState]) -> Bool {
            states.contains { if case .disconnected = $0 { true } else { false } }
        }
        try await running(consumer) {
            try await running(publisher) {
                try await eventually("both are connected") {
                    recorder.states.last == .connected && states.all.last == .connected
                }
                // A quorum queue just declared may refuse the first consumer: count from here.
                let before = (recorder.states.count, states.all.count)
                let idle = ContinuousClock.now + .seconds(6)
                try await eventually("an idle connection stays open") { ContinuousClock.now > idle }
                #expect(!isLost(Array(recorder.states.dropFirst(before.0))), "\(recorder.states)")
                #expect(!isLost(Array(states.all.dropFirst(before.1))), "\(states.all)")
                proxy.freeze()
                // More than the socket buffers hold, so the library gets stuck in a send.
                source.add(
                    (0..<40).map { index in
                        var big = message(UInt64(index), to: "q")
                        big.body = [UInt8](repeating: 1, count: 1 << 20)
                        return big
                    })
                publisher.wake()
                try await eventually("both notice the loss") {
                    isLost(Array(recorder.states.dropFirst(before.0))) && isLost(Array(states.all.dropFirst(before.1)))
                }
                #expect(recorder.sessions.allSatisfy { !$0.isCurrent })
                proxy.cut()
                proxy.resume()
                try await eventually("all messages are confirmed") { source.confirmed == 40 }
            }
        }
    }

    @Test func `an idle client is not closed`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost() + "?heartbeat=1"
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        let end = ContinuousClock.now + .seconds(5)
        try await eventually("five seconds pass") { ContinuousClock.now > end }
        try client.declare([queue("q")])
    }

    @Test func `a stop ends a connection that is stuck in a send`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let proxy = try BrokerProxy(to: url)
        defer { proxy.close() }
        let source = ListSource()
        // With a heartbeat this long only the stop can end the connection.
        let publisher = try publisher(
            try proxy.url(for: url), source, heartbeat: .seconds(3_600), declarations: [queue("q")])
        try await running(publisher) {
            try await eventually("the publisher is connected") { source.state.withLock { $0.connections } == 1 }
            proxy.freeze()
            source.add(
                (0..<40).map { index in
                    var big = message(UInt64(index), to: "q")
                    big.body = [UInt8](repeating: 1, count: 1 << 20)
                    return big
                })
            publisher.wake()
            try await eventually("the publisher publishes") { source.state.withLock { $0.published } > 0 }
        }
        #expect(source.confirmed == 0)
    }

    @Test func `the consumer retries while the broker is unreachable, and a stop ends it`() async throws {
        let recorder = DeliveryRecorder()
        let consumer = try recorder.consumer("amqp://127.0.0.1:1", ["q"])
        try await running(consumer) {
            try await eventually("it has tried several times") { recorder.states.count >= 8 }
        }
        #expect(
            recorder.states.contains {
                if case .disconnected(let error) = $0 { error.code == .unreachable } else { false }
            }
        )
    }

    @Test func `TLS works with the right authority and is refused with another`() async throws {
        let broker = try await ThrowawayBroker.start(tls: true)
        let url = try #require(broker.tlsURL)
        let trusted = try BrokerEndpoint(url: url, certificateAuthorityFile: broker.certificateAuthorityFile)
        let client = try BlockingClient.connect(trusted)
        try client.declare([queue("q")])
        let body = [UInt8](repeating: 5, count: 3 << 20)
        #expect(try client.publish(body, routingKey: "q") == .confirmed)
        #expect(try client.take(1, from: "q").first?.body == body)
        client.close()
        #expect { try BlockingClient.connect(BrokerEndpoint(url: url)) } throws: {
            ($0 as? BrokerError)?.code == .unreachable
        }
        let wrongHostName = try BrokerEndpoint(
            url: url.replacingOccurrences(of: "localhost", with: "127.0.0.1"),
            certificateAuthorityFile: broker.certificateAuthorityFile)
        #expect { try BlockingClient.connect(wrongHostName) } throws: { ($0 as? BrokerError)?.code == .unreachable }
        try await broker.remove()
    }

    @Test func `memory stays flat over 300,000 messages`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let source = CountingSource(total: 300_000)
        let received = Atomic<Int>(0)
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url), name: "c", declarations: [queue("q", [:])],
            subscriptions: [.init(queue: "q", prefetch: 1000)], bodyLimit: 1 << 20, logger: .quiet,
            onDeliveries: { deliveries, session in
                received.add(deliveries.count, ordering: .relaxed)
                session.settle(deliveries.map(\.tag))
            })
        let publisher = Publisher(
            endpoint: try BrokerEndpoint(url: url), name: "p", declarations: [queue("q", [:])], logger: .quiet,
            source: source)
        try await running(publisher) {
            try await running(consumer) {
                try await eventually("memory use has settled") { received.load(ordering: .relaxed) > 50_000 }
                let before = try residentKiB()
                try await eventually("all messages are received") {
                    received.load(ordering: .relaxed) >= 300_000
                }
                // Other tests run in this process beside this one; a body leaked per message would be 286 MiB.
                let after = try residentKiB()
                #expect(after - before < 160 * 1024)
            }
        }
    }
}

/// Publishes `total` messages without storing them.
final class CountingSource: PublishSource {
    private let remaining: Mutex<Int>

    init(total: Int) { remaining = Mutex(total) }

    func connected() {}

    func next(max: Int) -> [OutgoingMessage] {
        remaining.withLock { remaining in
            let count = min(max, remaining)
            remaining -= count
            return (0..<count).map {
                OutgoingMessage(
                    publishID: UInt64(remaining + $0), exchange: "", routingKey: "q",
                    properties: MessageProperties(messageID: "\(remaining + $0)", headers: ["seq": .int(Int64($0))]),
                    body: [UInt8](repeating: 1, count: 1200))
            }
        }
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {}
    func disconnected() {}
}
