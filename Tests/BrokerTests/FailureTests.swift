import Broker
import Foundation
import Synchronization
import TestSupport
import Testing

/// What goes wrong on the way. Those that stop, kill or alarm a broker take one of their own.
@Suite(.serialized, .timeLimit(.minutes(20))) struct FailureTests {
    /// Publishes and consumes while `harm` happens; then everything is confirmed, and a reader that takes only the next
    /// in sequence, as our streams do, has got everything in order.
    private func stream(
        _ count: Int, through broker: ThrowawayBroker, url: String, harm: (ListSource) async throws -> Void
    ) async throws {
        let source = ListSource((0..<count).map { message(UInt64($0), to: "q") })
        let inbox = Inbox()
        let shared = Mutex<Consumer?>(nil)
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url, heartbeat: .seconds(2)), name: "c", declarations: [queue("q")],
            subscriptions: [.init(queue: "q", prefetch: 200)], bodyLimit: 1 << 20, logger: quiet,
            onDeliveries: { deliveries, session in
                inbox.take(deliveries, session)
                if let last = deliveries.last { shared.withLock { $0 }?.ack(upTo: last.tag, of: session) }
            })
        shared.withLock { $0 = consumer }
        try await running(try publisher(url, source, heartbeat: .seconds(2), declarations: [queue("q")])) {
            try await running(consumer) {
                try await harm(source)
                try await eventually("everything is confirmed") { source.confirmed == count }
                try await eventually("everything arrives", poll: .milliseconds(100)) {
                    Self.applied(inbox.texts) == count
                }
            }
        }
        shared.withLock { $0 = nil }
    }

    /// How far a gate comes that takes n only after n - 1.
    private static func applied(_ texts: [String]) -> Int {
        texts.reduce(into: 0) { next, text in if Int(text) == next { next += 1 } }
    }

    @Test func `a broker that restarts or is killed in the middle of a stream loses nothing`() async throws {
        let broker = try await ThrowawayBroker.start()
        try await stream(20_000, through: broker, url: broker.url) { source in
            try await eventually("it flows") { source.confirmed > 1000 }
            try await broker.stop()
            try await broker.restart()
            let before = source.confirmed
            try await eventually("it flows again") { source.confirmed > before + 1000 }
            try await broker.kill()
            try await broker.restart()
        }
        try await broker.remove()
    }

    @Test func `connections that are reset again and again lose nothing`() async throws {
        let broker = try await ThrowawayBroker.shared()
        let url = try await broker.virtualHost()
        let proxy = try BrokerProxy(to: url)
        defer { proxy.close() }
        try await stream(20_000, through: broker, url: try proxy.url(for: url)) { source in
            for round in 1...5 {
                try await eventually("it flows", poll: .milliseconds(1)) {
                    source.confirmed > round * 1500 || source.confirmed == 20_000
                }
                proxy.cut()
            }
        }
    }

    @Test func `an alarm blocks the publisher, not the consumer, and nothing is lost`() async throws {
        let broker = try await ThrowawayBroker.start()
        let source = ListSource()
        let states = Inbox()
        let inbox = Inbox()
        let session = try BlockingClient.connect(url: broker.url)
        try session.declare([queue("q")])
        try session.publishBatch((0..<10).map { message(UInt64($0), to: "q") })
        session.close()
        let publisher = try publisher(
            broker.url, source, heartbeat: .seconds(1), declarations: [queue("p")], onState: { states.note($0) })
        try await running(publisher) {
            try await eventually("it is connected") { states.links.last == .connected }
            try await broker.setAlarm(true)
            try await eventually("the alarm is raised") {
                try await broker.evaluate("rabbit_alarm:get_alarms().") != "[]"
            }
            // More than the sockets hold in the first ones.
            source.add(
                (0..<1000).map { index in
                    var message = message(UInt64(index), to: "p")
                    if index < 30 { message.body = [UInt8](repeating: 1, count: 1 << 20) }
                    return message
                })
            publisher.wake()
            try await eventually("it is blocked") {
                if case .blocked(let reason)? = states.links.last { reason.contains("memory") } else { false }
            }
            let published = source.state.withLock { $0.published }
            #expect(published < 1000 && source.confirmed == 0)
            let consumer = try inbox.consumer(broker.url, ["q"])
            try await running(consumer) {
                try await eventually("a consumer still reads") { inbox.deliveries.count == 10 }
            }
            // The heartbeat of 1 s goes on while it is blocked: five of them, and it is still the same link.
            let end = ContinuousClock.now + .seconds(5)
            try await eventually("time passes") { ContinuousClock.now > end }
            #expect(source.state.withLock { $0.published } == published)
            #expect(source.state.withLock { $0.disconnections } == 0)
            try await broker.setAlarm(false)
            try await eventually("all are confirmed") { source.confirmed == 1000 }
        }
        #expect(source.state.withLock { $0.disconnections } == 1)
        try await broker.remove()
    }

    @Test func `a half-open link is noticed by consumer and publisher within about two heartbeats`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let proxy = try BrokerProxy(to: url)
        defer { proxy.close() }
        let inbox = Inbox()
        let states = Inbox()
        let source = ListSource()
        let consumer = try inbox.consumer(
            try proxy.url(for: url), ["q"], declarations: [queue("q")], heartbeat: .seconds(2))
        let publisher = try publisher(
            try proxy.url(for: url), source, heartbeat: .seconds(2), declarations: [queue("q")],
            onState: { states.note($0) })
        func lost(_ links: [ConnectionState]) -> Bool {
            links.contains { if case .disconnected = $0 { true } else { false } }
        }
        try await running(consumer) {
            try await running(publisher) {
                try await eventually("both are connected") {
                    inbox.links.last == .connected && states.links.last == .connected
                }
                // A quorum queue that is only just declared may refuse the first consumer.
                let before = (inbox.links.count, states.links.count)
                let idle = ContinuousClock.now + .seconds(6)
                try await eventually("an idle link lives by its heartbeats") { ContinuousClock.now > idle }
                #expect(!lost(Array(inbox.links.dropFirst(before.0))), "\(inbox.links)")
                #expect(!lost(Array(states.links.dropFirst(before.1))), "\(states.links)")
                proxy.freeze()
                // More than the socket buffers hold: the library gets stuck in a send.
                source.add(
                    (0..<40).map { index in
                        var big = message(UInt64(index), to: "q")
                        big.body = [UInt8](repeating: 1, count: 1 << 20)
                        return big
                    })
                publisher.wake()
                try await eventually("both notice") {
                    lost(Array(inbox.links.dropFirst(before.0))) && lost(Array(states.links.dropFirst(before.1)))
                }
                #expect(inbox.sessions.allSatisfy { !$0.isCurrent })
                proxy.cut()
                proxy.resume()
                try await eventually("all are confirmed") { source.confirmed == 40 }
            }
        }
    }

    @Test func `a session that is left alone is not closed`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost() + "?heartbeat=1"
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        let end = ContinuousClock.now + .seconds(5)
        try await eventually("time passes") { ContinuousClock.now > end }
        try session.declare([queue("q")])
    }

    @Test func `a stop ends a link that is stuck in a send`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let proxy = try BrokerProxy(to: url)
        defer { proxy.close() }
        let source = ListSource()
        // A heartbeat so long that only the stop can end it, and the test's time limit the stop.
        let publisher = try publisher(
            try proxy.url(for: url), source, heartbeat: .seconds(3_600), declarations: [queue("q")])
        try await running(publisher) {
            try await eventually("it is connected") { source.state.withLock { $0.connections } == 1 }
            proxy.freeze()
            source.add(
                (0..<40).map { index in
                    var big = message(UInt64(index), to: "q")
                    big.body = [UInt8](repeating: 1, count: 1 << 20)
                    return big
                })
            publisher.wake()
            try await eventually("it publishes") { source.state.withLock { $0.published } > 0 }
        }
        #expect(source.confirmed == 0)
    }

    @Test func `a broker that is away is waited for, and a stop meanwhile is heard`() async throws {
        let inbox = Inbox()
        let consumer = try inbox.consumer("amqp://127.0.0.1:1", ["q"])
        try await running(consumer) {
            try await eventually("it tried some times") { inbox.links.count >= 8 }
        }
        #expect(
            inbox.links.contains { if case .disconnected(let error) = $0 { error.code == .unreachable } else { false } }
        )
    }

    @Test func `TLS is spoken with the right authority and refused with another`() async throws {
        let broker = try await ThrowawayBroker.start(tls: true)
        let url = try #require(broker.tlsURL)
        let trusted = try BrokerEndpoint(url: url, certificateAuthorityFile: broker.certificateAuthorityFile)
        let session = try BlockingClient.connect(trusted)
        try session.declare([queue("q")])
        let body = [UInt8](repeating: 5, count: 3 << 20)
        #expect(try session.publish(body, routingKey: "q") == .confirmed)
        #expect(try session.take(1, from: "q").first?.body == body)
        session.close()
        #expect { try BlockingClient.connect(BrokerEndpoint(url: url)) } throws: {
            ($0 as? BrokerError)?.code == .unreachable
        }
        let byAddress = try BrokerEndpoint(
            url: url.replacingOccurrences(of: "localhost", with: "127.0.0.1"),
            certificateAuthorityFile: broker.certificateAuthorityFile)
        #expect { try BlockingClient.connect(byAddress) } throws: { ($0 as? BrokerError)?.code == .unreachable }
        try await broker.remove()
    }

    @Test func `memory stays flat over 300,000 messages`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let counter = CountingSource(total: 300_000)
        let seen = Atomic<Int>(0)
        let shared = Mutex<Consumer?>(nil)
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url), name: "c", declarations: [queue("q", [:])],
            subscriptions: [.init(queue: "q", prefetch: 1000)], bodyLimit: 1 << 20, logger: quiet,
            onDeliveries: { deliveries, session in
                seen.add(deliveries.count, ordering: .relaxed)
                if let last = deliveries.last { shared.withLock { $0 }?.ack(upTo: last.tag, of: session) }
            })
        shared.withLock { $0 = consumer }
        let publisher = Publisher(
            endpoint: try BrokerEndpoint(url: url), name: "p", declarations: [queue("q", [:])], logger: quiet,
            source: counter)
        try await running(publisher) {
            try await running(consumer) {
                try await eventually("it is warm") { seen.load(ordering: .relaxed) > 50_000 }
                let before = try residentKiB()
                try await eventually("all are through") {
                    seen.load(ordering: .relaxed) >= 300_000
                }
                // Other tests run in this process beside this one; a body leaked per message would be 286 MiB.
                let after = try residentKiB()
                #expect(after - before < 160 * 1024)
            }
        }
        shared.withLock { $0 = nil }
    }
}

/// Publishes a number of messages without keeping them.
final class CountingSource: PublishSource {
    private let left: Mutex<Int>

    init(total: Int) { left = Mutex(total) }

    func connected() {}

    func next(max: Int) -> [OutgoingMessage] {
        left.withLock { left in
            let count = min(max, left)
            left -= count
            return (0..<count).map {
                OutgoingMessage(
                    publishID: UInt64(left + $0), exchange: "", routingKey: "q",
                    properties: MessageProperties(messageID: "\(left + $0)", headers: ["seq": .int(Int64($0))]),
                    body: [UInt8](repeating: 1, count: 1200))
            }
        }
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {}
    func disconnected() {}
}
