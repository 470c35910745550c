import Broker
import BrokerTesting
import Crypto
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct ConsumerTests {
    @Test func `every property and header arrives unchanged`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([
            .exchange(name: "x", type: "topic", durable: true), queue("q"),
            .binding(queue: "q", exchange: "x", key: "a.#"),
        ])
        let properties = MessageProperties(
            contentType: "application/json", contentEncoding: "utf-8", correlationID: "c", replyTo: "r",
            expiration: "3600000", messageID: "m-ю", type: "t", userID: "guest", appID: "application.p00",
            deliveryMode: 2,
            timestamp: 1_800_000_000,
            headers: [
                "string": .string("место доступно"), "empty": .string(""), "int": .int(-1), "big": .int(.max),
                "bool": .bool(true),
                "double": .double(0.5), "bytes": .bytes([0, 255]), "null": .null,
                "array": .array([.int(1), .string("a"), .array([])]),
                "table": .table(["inner": .table(["deep": .bool(false)]), "none": .table([:])]),
            ])
        #expect(try client.publish([1, 2, 3], exchange: "x", routingKey: "a.b", properties: properties) == .confirmed)
        #expect(try client.publish([], exchange: "x", routingKey: "a") == .confirmed)

        let recorder = DeliveryRecorder()
        try await running(try recorder.consumer(url, ["q"])) {
            try await eventually("both messages arrive") { recorder.deliveries.count == 2 }
        }
        let first = try #require(recorder.deliveries.first)
        #expect(first.properties == properties)
        #expect(first.body == [1, 2, 3] && first.bodyLength == 3 && !first.isTruncated)
        #expect(
            first.exchange == "x" && first.routingKey == "a.b" && first.queue == "q" && first.tag == 1
                && !first.redelivered)
        let second = recorder.deliveries[1]
        #expect(second.properties == MessageProperties() && second.body.isEmpty && second.bodyLength == 0)
        #expect(second.routingKey == "a")
    }

    @Test func `settled deliveries are acked, the others are redelivered in order`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q")])
        try client.publishBatch((0..<500).map { message(UInt64($0), to: "q") })

        let first = DeliveryRecorder()
        let consumer = try first.consumer(url, ["q"], prefetch: 300)
        try await running(consumer) {
            try await eventually("the prefetch is full") { first.deliveries.count == 300 }
            let session = try #require(first.sessions.first)
            #expect(session.isCurrent)
            #expect(consumer.outstanding == 300)
            session.settle(Array(1...40))
            session.settle(Array(1...100))
            session.settle(Array(1...60))
            // A tag that was never delivered is not acked, nor is anything with it.
            session.settle([10_000])
            session.settle([10_000])
            try await eventually("the next deliveries arrive") { first.deliveries.count == 400 }
            #expect(consumer.outstanding == 300)
        }
        #expect(first.sessions.count == 1 && first.sessions[0].isCurrent == false)
        #expect(first.deliveries.map(\.tag) == Array(1...400))
        #expect(first.largestBatch <= 256)
        #expect(first.states.contains(.connected) && first.states.last == .stopped)

        let second = DeliveryRecorder()
        try await running(try second.consumer(url, ["q"])) {
            try await eventually("the unacked deliveries arrive again") { second.deliveries.count >= 400 }
        }
        #expect(second.texts == (100..<500).map(String.init))
        #expect(second.deliveries.map(\.redelivered) == (100..<500).map { $0 < 400 })
    }

    @Test func `the acks given before a stop are sent`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q")])
        try client.publishBatch((0..<100).map { message(UInt64($0), to: "q") })
        let recorder = DeliveryRecorder()
        let consumer = try recorder.consumer(url, ["q"])
        try await running(consumer) {
            try await eventually("all messages arrive") { recorder.deliveries.count == 100 }
            consumer.stopDeliveries()
            try client.publishBatch((100..<110).map { message(UInt64($0), to: "q") })
            recorder.sessions[0].settle(Array(1...70))
        }
        #expect(recorder.deliveries.count == 100)
        let rest = try client.take(40, from: "q")
        #expect(rest.map { String(decoding: $0.body, as: UTF8.self) } == (70..<110).map(String.init))
    }

    @Test func `a body above the limit is truncated, with its length and digest`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q", [:])])
        let huge = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let atLimit = Array(huge.prefix(1 << 20))
        try client.publish(huge, routingKey: "q")
        try client.publish(atLimit, routingKey: "q")
        try client.publish(atLimit + [0], routingKey: "q")
        let recorder = DeliveryRecorder()
        try await running(try recorder.consumer(url, ["q"])) {
            try await eventually("all messages arrive") { recorder.deliveries.count == 3 }
        }
        let (truncated, whole, over) = (recorder.deliveries[0], recorder.deliveries[1], recorder.deliveries[2])
        #expect(
            truncated.isTruncated && truncated.body == Array(huge.prefix(4096)) && truncated.bodyLength == 5_000_000)
        #expect(truncated.bodyDigest == Array(SHA256.hash(data: huge)))
        #expect(!whole.isTruncated && whole.body == atLimit)
        #expect(over.isTruncated && over.bodyDigest == Array(SHA256.hash(data: atLimit + [0])))
    }

    @Test func `a subscription that the broker cancels is made again`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        let recorder = DeliveryRecorder()
        try await running(try recorder.consumer(url, ["q"], declarations: [queue("q", [:])])) {
            try await eventually("the consumer is connected") { recorder.states.last == .connected }
            try client.deleteQueue("q")
            try await eventually("the queue is declared again") {
                recorder.states.filter { $0 == .connected }.count == 2
            }
            try client.publish([7], routingKey: "q")
            try await eventually("it consumes again") { recorder.deliveries.count == 1 }
        }
        let reasons = recorder.states.compactMap { if case .disconnected(let error) = $0 { error.code } else { nil } }
        #expect(reasons.first == .connectionLost)
    }

    @Test func `the consumer waits for a queue that does not exist yet`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        let recorder = DeliveryRecorder()
        try await running(try recorder.consumer(url, ["later"])) {
            try await eventually("the consumer is refused") {
                recorder.states.contains {
                    if case .disconnected(let error) = $0 { error.code == .notFound } else { false }
                }
            }
            try client.declare([queue("later", [:])])
            try await eventually("it consumes") { recorder.states.last == .connected }
        }
    }

    @Test func `a differing declaration ends the consumer with topologyMismatch`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q", [:])])
        let consumer = try DeliveryRecorder().consumer(url, ["q"], declarations: [queue("q")])
        await #expect { try await consumer.run() } throws: { ($0 as? BrokerError)?.code == .topologyMismatch }
        #expect { try client.declare([queue("q")]) } throws: { ($0 as? BrokerError)?.code == .topologyMismatch }
        #expect(try client.messageCount("q") == 0)
    }

    @Test func `an exclusive queue held by another is refused after the grace, and taken over within it`() async throws
    {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let owned = Declaration.queue(name: "o", durable: false, exclusive: true, autoDelete: false, arguments: [:])
        let holder = try BlockingClient.connect(url: url)
        try holder.declare([owned])

        let refused = try DeliveryRecorder().consumer(url, ["o"], declarations: [owned], grace: .milliseconds(300))
        let start = ContinuousClock.now
        await #expect { try await refused.run() } throws: { ($0 as? BrokerError)?.code == .resourceLocked }
        #expect(ContinuousClock.now - start >= .milliseconds(300))

        let recorder = DeliveryRecorder()
        try await running(try recorder.consumer(url, ["o"], declarations: [owned], grace: .seconds(30))) {
            try await eventually("the consumer is refused") {
                recorder.states.contains {
                    if case .disconnected(let error) = $0 { error.code == .resourceLocked } else { false }
                }
            }
            holder.close()
            try await eventually("the consumer has taken over") { recorder.states.last == .connected }
        }
    }

    @Test func `a refused login is retried, and the error does not contain the password`() async throws {
        let broker = try await ThrowawayBroker.shared()
        let good = try await broker.virtualHost()
        let name = "user-\(UUID().uuidString.prefix(8))"
        let url = good.replacingOccurrences(of: "guest:guest", with: "\(name):hunter2")
        let recorder = DeliveryRecorder()
        try await running(try recorder.consumer(url, ["q"], declarations: [queue("q", [:])])) {
            try await eventually("the consumer is refused") { recorder.states.count >= 4 }
            for case .disconnected(let error) in recorder.states {
                #expect(error.code == .loginRefused && !"\(error)".contains("hunter2"))
            }
            try await broker.addUser(name, password: "hunter2", virtualHost: try BrokerEndpoint(url: good).virtualHost)
            try await eventually("the login succeeds") { recorder.states.last == .connected }
        }
    }

    @Test func `deeply nested headers are read to a limited depth`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q", [:])])
        var nested = HeaderValue.int(1)
        for _ in 0..<200 { nested = .array([nested]) }
        try client.publish([1], routingKey: "q", properties: MessageProperties(headers: ["h": nested]))
        let delivery = try #require(try client.get("q"))
        #expect("\(delivery.properties.headers)".contains("other"))
    }
}
