import Broker
import BrokerTesting
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct DeliveryBudgetTests {
    @Test func `a budget is spent at its limit, may be exceeded, and is free again below it`() {
        var budget = ByteBudget(limit: 100)
        budget.take(99)
        #expect(!budget.isSpent)
        budget.take(1)
        #expect(budget.isSpent)
        budget.take(500)
        #expect(budget.used == 600)
        budget.release(500)
        #expect(budget.isSpent)
        budget.release(1)
        #expect(!budget.isSpent && budget.used == 99)
    }

    /// Plays the receiver: takes deliveries in, and settles them when the test says so.
    private final class Receiver: Sendable {
        let budget: DeliveryBudget
        private let held = Mutex<[(memory: Int, tags: [UInt64], session: ChannelSession)]>([])
        let received = Mutex<[UInt8]>([])
        let largest = Mutex(0)

        init(limit: Int) { budget = DeliveryBudget(limit: limit) }

        func receive(_ deliveries: [Delivery], _ session: ChannelSession) {
            let memory = deliveries.reduce(0) { $0 + $1.memory }
            budget.take(memory)
            largest.withLock { $0 = max($0, budget.used) }
            received.withLock { $0 += deliveries.compactMap(\.body.first) }
            held.withLock { $0.append((memory, deliveries.map(\.tag), session)) }
        }

        func settleFirst() {
            let first = held.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let first else { return }
            first.session.settle(first.tags)
            budget.release(first.memory)
        }
    }

    private func consumer(_ url: String, _ receiver: Receiver) throws -> Consumer {
        Consumer(
            endpoint: try BrokerEndpoint(url: url), name: "test", subscriptions: [.init(queue: "q", prefetch: 1000)],
            bodyLimit: 4 << 20, budget: receiver.budget, logger: .quiet, onDeliveries: receiver.receive)
    }

    @Test func `large messages pass through a small budget in order, and a consumer with nothing in hand reads on`()
        async throws
    {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q")])
        let size = 1 << 20
        let count = 40
        for number in 0..<count {
            let body = [UInt8](repeating: UInt8(number), count: size)
            #expect(try client.publish(body, exchange: "", routingKey: "q", properties: .init()) == .confirmed)
        }
        let limit = 3 * size
        let receiver = Receiver(limit: limit)
        let consumer = try consumer(url, receiver)
        try await running(consumer) {
            try await eventually("the consumer stops reading") { receiver.budget.pauses > 0 }
            try await eventually("all messages arrive") {
                receiver.settleFirst()
                return receiver.received.withLock { $0.count } == count
            }
            #expect(receiver.received.withLock { $0 } == (0..<count).map { UInt8($0) })
            // One message beyond the limit, and the small change of each.
            #expect(receiver.largest.withLock { $0 } <= limit + size + count * 1024)

            // Something else has spent the budget: messages still arrive, one batch at a time.
            try await eventually("all are settled") {
                receiver.settleFirst()
                return consumer.outstanding == 0
            }
            receiver.budget.take(limit)
            for number in 0..<3 {
                let body = [UInt8](repeating: UInt8(100 + number), count: size)
                #expect(try client.publish(body, exchange: "", routingKey: "q", properties: .init()) == .confirmed)
            }
            try await eventually("they arrive") {
                receiver.settleFirst()
                return receiver.received.withLock { $0.suffix(3) } == [100, 101, 102]
            }
        }
    }

    @Test func `a consumer that stopped reading keeps its connection, and goes on when there is room`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([queue("q")])
        for number in 0..<3 {
            let body = [UInt8](repeating: UInt8(number), count: 1 << 20)
            #expect(try client.publish(body, exchange: "", routingKey: "q", properties: .init()) == .confirmed)
        }
        let receiver = Receiver(limit: 1)
        let states = StateRecorder()
        // A heartbeat of a second: the broker and the watchdog drop a connection that is silent for two or three.
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url, heartbeat: .seconds(1)), name: "test",
            subscriptions: [.init(queue: "q", prefetch: 1000)], bodyLimit: 4 << 20, budget: receiver.budget,
            logger: .quiet, onDeliveries: receiver.receive, onState: { states.record($0) })
        try await running(consumer) {
            try await eventually("the consumer stops reading") { receiver.budget.pauses > 0 }
            let end = ContinuousClock.now + .seconds(6)
            try await eventually("six heartbeats pass") { ContinuousClock.now > end }
            try await eventually("all messages arrive") {
                receiver.settleFirst()
                return receiver.received.withLock { $0.count } == 3
            }
            #expect(receiver.received.withLock { $0 } == [0, 1, 2])
            #expect(states.all.filter { $0 == .connected }.count == 1)
        }
    }
}
