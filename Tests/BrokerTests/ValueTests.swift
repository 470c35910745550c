import Crypto
import Testing

@testable import Broker

@Suite struct ValueTests {
    @Test func `the back-off grows to five seconds and stays below its ceiling`() {
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
    func `a body above the limit is cut and hashed whole`(size: Int) {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var collector = BodyCollector(expected: UInt64(size), limit: 4096)
        var rest = body[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(1000))
            let fits = piece.withUnsafeBytes { collector.append($0) }
            #expect(fits)
            rest = rest.dropFirst(1000)
        }
        #expect(collector.isComplete)
        #expect(collector.body == Array(body.prefix(4096)))
        #expect(collector.finalDigest() == (size > 4096 ? Array(SHA256.hash(data: body)) : nil))
        let overflows = [UInt8(0)].withUnsafeBytes { !collector.append($0) }
        #expect(overflows)
    }

    @Test func `an exclusive queue held by another is hopeless only after the grace and before the first success`() {
        let start = ContinuousClock.now
        let locked = BrokerError(.resourceLocked, "")
        var attempts = Attempts(exclusiveGrace: .seconds(5))
        let first = attempts.failed(with: locked, at: start)
        #expect(first)
        #expect(!attempts.isHopeless(locked, at: start))
        let second = attempts.failed(with: locked, at: start + .seconds(4))
        #expect(!second)
        #expect(!attempts.isHopeless(locked, at: start + .seconds(4)))
        #expect(attempts.isHopeless(locked, at: start + .seconds(5)))
        #expect(attempts.isHopeless(BrokerError(.topologyMismatch, ""), at: start))
        #expect(!attempts.isHopeless(BrokerError(.loginRefused, ""), at: start + .seconds(500)))
        attempts.succeeded()
        #expect(!attempts.isHopeless(locked, at: start + .seconds(500)))
    }

    @Test func `for a link that never gives up nothing is hopeless`() {
        let start = ContinuousClock.now
        var attempts = Attempts(exclusiveGrace: nil)
        _ = attempts.failed(with: BrokerError(.resourceLocked, ""), at: start)
        #expect(!attempts.isHopeless(BrokerError(.resourceLocked, ""), at: start + .seconds(500)))
        #expect(!attempts.isHopeless(BrokerError(.topologyMismatch, ""), at: start))
    }

    @Test func `what AMQP cannot carry is known before it is sent`() {
        func reason(_ key: String, _ properties: MessageProperties) -> String? {
            OutgoingMessage(exchange: "x", routingKey: key, properties: properties, body: []).unsendable(
                frameMax: 131_072)
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
