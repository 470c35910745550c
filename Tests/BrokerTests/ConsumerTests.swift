import Broker
import Crypto
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct ConsumerTests {
    @Test func `every property and header arrives as it was sent`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        try session.declare([
            .exchange(name: "x", type: "topic", durable: true), queue("q"),
            .binding(queue: "q", exchange: "x", key: "a.#"),
        ])
        let properties = MessageProperties(
            contentType: "application/json", contentEncoding: "utf-8", correlationID: "c", replyTo: "r",
            expiration: "3600000",
            messageID: "m-ю", type: "t", userID: "guest", appID: "application.p00", deliveryMode: 2,
            timestamp: 1_800_000_000,
            headers: [
                "string": .string("место доступно"), "empty": .string(""), "int": .int(-1), "big": .int(.max),
                "bool": .bool(true),
                "double": .double(0.5), "bytes": .bytes([0, 255]), "null": .null,
                "array": .array([.int(1), .string("a"), .array([])]),
                "table": .table(["inner": .table(["deep": .bool(false)]), "none": .table([:])]),
            ])
        #expect(try session.publish([1, 2, 3], exchange: "x", routingKey: "a.b", properties: properties) == .confirmed)
        #expect(try session.publish([], exchange: "x", routingKey: "a") == .confirmed)

        let inbox = Inbox()
        try await running(try inbox.consumer(url, ["q"])) {
            try await eventually("both arrive") { inbox.deliveries.count == 2 }
        }
        let first = try #require(inbox.deliveries.first)
        #expect(first.properties == properties)
        #expect(first.body == [1, 2, 3] && first.bodyLength == 3 && !first.isTruncated)
        #expect(
            first.exchange == "x" && first.routingKey == "a.b" && first.queue == "q" && first.tag == 1
                && !first.redelivered)
        let second = inbox.deliveries[1]
        #expect(second.properties == MessageProperties() && second.body.isEmpty && second.bodyLength == 0)
        #expect(second.routingKey == "a")
    }

    @Test func `an ack covers everything before it, the rest comes again in order`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        try session.declare([queue("q")])
        try session.publishBatch((0..<500).map { message(UInt64($0), to: "q") })

        let first = Inbox()
        let consumer = try first.consumer(url, ["q"], prefetch: 300)
        try await running(consumer) {
            try await eventually("the prefetch is full") { first.deliveries.count == 300 }
            let current = try #require(first.sessions.first)
            #expect(current.isCurrent)
            consumer.ack(upTo: 40, of: current)
            consumer.ack(upTo: 100, of: current)
            consumer.ack(upTo: 60, of: current)
            // What was never delivered is not acked with it.
            consumer.ack(upTo: 10_000, of: current)
            consumer.ack(upTo: 10_000, of: current)
            try await eventually("the next come") { first.deliveries.count == 400 }
        }
        #expect(first.sessions.count == 1 && first.sessions[0].isCurrent == false)
        #expect(first.deliveries.map(\.tag) == Array(1...400))
        #expect(first.state.withLock { $0.batches.max() ?? 0 } <= 256)
        #expect(first.links.contains(.connected) && first.links.last == .stopped)

        let second = Inbox()
        try await running(try second.consumer(url, ["q"])) {
            try await eventually("the unacked come again") { second.deliveries.count >= 400 }
        }
        #expect(second.texts == (100..<500).map(String.init))
        #expect(second.deliveries.map(\.redelivered) == (100..<500).map { $0 < 400 })
    }

    @Test func `the acks given before a stop are sent`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        try session.declare([queue("q")])
        try session.publishBatch((0..<100).map { message(UInt64($0), to: "q") })
        let inbox = Inbox()
        let consumer = try inbox.consumer(url, ["q"])
        try await running(consumer) {
            try await eventually("all arrive") { inbox.deliveries.count == 100 }
            consumer.stopDeliveries()
            try session.publishBatch((100..<110).map { message(UInt64($0), to: "q") })
            consumer.ack(upTo: 70, of: inbox.sessions[0])
        }
        #expect(inbox.deliveries.count == 100)
        let rest = try session.take(40, from: "q")
        #expect(rest.map { String(decoding: $0.body, as: UTF8.self) } == (70..<110).map(String.init))
    }

    @Test func `a huge body is cut, with its length and digest`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        try session.declare([queue("q", [:])])
        let huge = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let limit = Array(huge.prefix(1 << 20))
        try session.publish(huge, routingKey: "q")
        try session.publish(limit, routingKey: "q")
        try session.publish(limit + [0], routingKey: "q")
        let inbox = Inbox()
        try await running(try inbox.consumer(url, ["q"])) {
            try await eventually("all arrive") { inbox.deliveries.count == 3 }
        }
        let (cut, whole, over) = (inbox.deliveries[0], inbox.deliveries[1], inbox.deliveries[2])
        #expect(cut.isTruncated && cut.body == Array(huge.prefix(4096)) && cut.bodyLength == 5_000_000)
        #expect(cut.bodyDigest == Array(SHA256.hash(data: huge)))
        #expect(!whole.isTruncated && whole.body == limit)
        #expect(over.isTruncated && over.bodyDigest == Array(SHA256.hash(data: limit + [0])))
    }

    @Test func `a subscription that the broker ends is made again`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        let inbox = Inbox()
        try await running(try inbox.consumer(url, ["q"], declarations: [queue("q", [:])])) {
            try await eventually("it is connected") { inbox.links.last == .connected }
            try session.deleteQueue("q")
            try await eventually("it is declared anew") { inbox.links.filter { $0 == .connected }.count == 2 }
            try session.publish([7], routingKey: "q")
            try await eventually("it consumes again") { inbox.deliveries.count == 1 }
        }
        let reasons = inbox.links.compactMap { if case .disconnected(let error) = $0 { error.code } else { nil } }
        #expect(reasons.first == .connectionLost)
    }

    @Test func `a queue that does not exist yet is waited for`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        let inbox = Inbox()
        try await running(try inbox.consumer(url, ["later"])) {
            try await eventually("it was refused") {
                inbox.links.contains {
                    if case .disconnected(let error) = $0 { error.code == .notFound } else { false }
                }
            }
            try session.declare([queue("later", [:])])
            try await eventually("it consumes") { inbox.links.last == .connected }
        }
    }

    @Test func `a differing declaration ends the consumer with one clear error`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        try session.declare([queue("q", [:])])
        let consumer = try Inbox().consumer(url, ["q"], declarations: [queue("q")])
        await #expect { try await consumer.run() } throws: { ($0 as? BrokerError)?.code == .topologyMismatch }
        #expect { try session.declare([queue("q")]) } throws: { ($0 as? BrokerError)?.code == .topologyMismatch }
        #expect(try session.messageCount("q") == 0)
    }

    @Test func `an exclusive queue in other hands is refused after the grace, and taken over within it`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let owned = Declaration.queue(name: "o", durable: false, exclusive: true, autoDelete: false, arguments: [:])
        let holder = try BlockingClient.connect(url: url)
        try holder.declare([owned])

        let refused = try Inbox().consumer(url, ["o"], declarations: [owned], grace: .milliseconds(300))
        let start = ContinuousClock.now
        await #expect { try await refused.run() } throws: { ($0 as? BrokerError)?.code == .resourceLocked }
        #expect(ContinuousClock.now - start >= .milliseconds(300))

        let inbox = Inbox()
        try await running(try inbox.consumer(url, ["o"], declarations: [owned], grace: .seconds(30))) {
            try await eventually("it was refused") {
                inbox.links.contains {
                    if case .disconnected(let error) = $0 { error.code == .resourceLocked } else { false }
                }
            }
            holder.close()
            try await eventually("it has taken over") { inbox.links.last == .connected }
        }
    }

    @Test func `a refused login is tried again and says nothing of the password`() async throws {
        let broker = try await ThrowawayBroker.shared()
        let good = try await broker.virtualHost()
        let name = "user-\(UUID().uuidString.prefix(8))"
        let url = good.replacingOccurrences(of: "guest:guest", with: "\(name):hunter2")
        let inbox = Inbox()
        try await running(try inbox.consumer(url, ["q"], declarations: [queue("q", [:])])) {
            try await eventually("it was refused") { inbox.links.count >= 4 }
            for case .disconnected(let error) in inbox.links {
                #expect(error.code == .loginRefused && !"\(error)".contains("hunter2"))
            }
            try await broker.addUser(name, password: "hunter2", virtualHost: try BrokerEndpoint(url: good).virtualHost)
            try await eventually("it is let in") { inbox.links.last == .connected }
        }
    }

    @Test func `headers nested without end are read to a depth`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        try session.declare([queue("q", [:])])
        var nested = HeaderValue.int(1)
        for _ in 0..<200 { nested = .array([nested]) }
        try session.publish([1], routingKey: "q", properties: MessageProperties(headers: ["h": nested]))
        let delivery = try #require(try session.get("q"))
        #expect("\(delivery.properties.headers)".contains("other"))
    }
}
