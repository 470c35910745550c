import Crypto
import Testing

@testable import Broker

@Suite struct ValueTests {
    @Test func `the back-off stays below a ceiling that grows to five seconds`() {
        var backoff = Backoff()
        var ceiling = Duration.milliseconds(100)
        for _ in 0..<20 {
            let delay = backoff.next()
            #expect(delay >= .milliseconds(10) && delay <= ceiling)
            ceiling = min(ceiling * 2, .seconds(5))
        }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(100))
    }

    @Test(arguments: [0, 1, 4096, 4097, 100_000])
    func `a body above the limit is truncated and hashed whole`(size: Int) {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var collector = BodyCollector(expected: UInt64(size), limit: 4096)
        var rest = body[...]
        while !rest.isEmpty {
            let fragment = Array(rest.prefix(1000))
            let fits = fragment.withUnsafeBytes { collector.append($0) }
            #expect(fits)
            rest = rest.dropFirst(1000)
        }
        #expect(collector.isComplete)
        #expect(collector.body == Array(body.prefix(4096)))
        #expect(collector.finalDigest() == (size > 4096 ? Array(SHA256.hash(data: body)) : nil))
        let overflows = [UInt8(0)].withUnsafeBytes { !collector.append($0) }
        #expect(overflows)
    }

    @Test func `an exclusive queue held by another is fatal after a grace, which is longer once it was held`() {
        let start = ContinuousClock.now
        let locked = BrokerError(.resourceLocked, "")
        var policy = ReconnectPolicy(exclusiveGrace: .seconds(5), heartbeat: .seconds(10))
        let first = policy.recordFailure(locked, at: start)
        #expect(first)
        #expect(!policy.isFatal(locked, at: start))
        let second = policy.recordFailure(locked, at: start + .seconds(4))
        #expect(!second)
        #expect(!policy.isFatal(locked, at: start + .seconds(4)))
        #expect(policy.isFatal(locked, at: start + .seconds(5)))
        #expect(policy.isFatal(BrokerError(.topologyMismatch, ""), at: start))
        #expect(!policy.isFatal(BrokerError(.loginRefused, ""), at: start + .seconds(500)))
        policy.recordSuccess()
        #expect(!policy.isFatal(locked, at: start + .seconds(500)))
        #expect(!policy.isFatal(BrokerError(.topologyMismatch, ""), at: start), "the broker was replaced")
        _ = policy.recordFailure(locked, at: start + .seconds(500))
        #expect(!policy.isFatal(locked, at: start + .seconds(549)))
        #expect(policy.isFatal(locked, at: start + .seconds(550)))
    }

    @Test func `without a grace no failure is fatal`() {
        let start = ContinuousClock.now
        var policy = ReconnectPolicy(exclusiveGrace: nil, heartbeat: .seconds(10))
        _ = policy.recordFailure(BrokerError(.resourceLocked, ""), at: start)
        #expect(!policy.isFatal(BrokerError(.resourceLocked, ""), at: start + .seconds(500)))
        #expect(!policy.isFatal(BrokerError(.topologyMismatch, ""), at: start))
    }

    @Test func `a message that AMQP cannot carry is recognised before it is sent`() {
        func reason(_ key: String, _ properties: MessageProperties) -> String? {
            OutgoingMessage(exchange: "x", routingKey: key, properties: properties, body: [])
                .unsendable(frameMax: 131_072)
        }
        let long = String(repeating: "k", count: 256)
        #expect(reason("k", MessageProperties()) == nil)
        #expect(reason(String(long.dropLast()), MessageProperties(headers: ["h": .string(long)])) == nil)
        #expect(reason(long, MessageProperties()) != nil)
        #expect(reason("k", MessageProperties(messageID: long)) != nil)
        #expect(reason("k", MessageProperties(expiration: "soon")) != nil)
        #expect(reason("k", MessageProperties(headers: [long: .null])) != nil)
        #expect(reason("k", MessageProperties(headers: ["h": .bytes([UInt8](repeating: 0, count: 131_072))])) != nil)
    }
}
