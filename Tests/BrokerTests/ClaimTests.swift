import Broker
import BrokerTesting
import Synchronization
import TestSupport
import Testing

/// A consumer that declares at first, and consumes when it is told to.
@Suite struct ClaimTests {
    @Test func `a claim says at each connect whether its queue exists, and consumes once it has begun`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let proxy = try BrokerProxy(to: url)
        defer { proxy.close() }
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q")])
        #expect(try client.publishBatch([message(1, to: "q")], within: testTimeout) == [.confirmed])
        let recorder = DeliveryRecorder()
        let states = StateRecorder()
        let held = Mutex<[Bool]>([])
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: try proxy.url(for: url)), name: "test",
            declarations: [queue("q")], subscriptions: [.init(queue: "q", prefetch: 10)], bodyLimit: 1 << 20,
            claim: .init(
                queue: "known", declarations: [queue("known", [:])],
                onHeld: { exists in held.withLock { $0.append(exists) } }),
            logger: .quiet, onDeliveries: { recorder.record($0, $1) }, onState: { states.record($0) })
        try await running(consumer) {
            try await eventually("it is connected") { states.all.last == .connected }
            #expect(held.withLock { $0 } == [false])
            #expect(throws: BrokerError.self) { try BlockingClient.connect(url: url).messageCount("known") }
            proxy.cut()
            try await eventually("it is connected again") { held.withLock { $0 } == [false, false] }
            #expect(recorder.texts == [])
            consumer.begin()
            try await eventually("it consumes") { recorder.texts == ["1"] }
            #expect(try client.messageCount("known") == 0)
            proxy.cut()
            try await eventually("it consumes again") { recorder.texts == ["1", "1"] }
            #expect(held.withLock { $0 } == [false, false, true])
        }
    }
}
