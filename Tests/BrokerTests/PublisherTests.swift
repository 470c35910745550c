import Broker
import BrokerTesting
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct PublisherTests {
    @Test func `everything is confirmed once and arrives in order`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        let source = ListSource((0..<5000).map { message(UInt64($0), to: "q") })
        let publisher = try publisher(url, source, declarations: [queue("q")])
        try await running(publisher) {
            try await eventually("the first messages are confirmed") { source.confirmed == 5000 }
            source.add([message(5000, to: "q")])
            publisher.wake()
            try await eventually("one more message is confirmed") { source.confirmed == 5001 }
        }
        #expect(source.state.withLock { $0.outcomes.values.allSatisfy { $0 == [.confirmed] } })
        #expect(source.state.withLock { $0.connections } == 1)
        #expect(source.state.withLock { $0.disconnections } == 1)
        #expect(try client.messageCount("q") == 5001)
        let recorder = DeliveryRecorder()
        try await running(try recorder.consumer(url, ["q"])) {
            try await eventually("all messages arrive", poll: .milliseconds(50)) { recorder.deliveries.count >= 1000 }
        }
        #expect(recorder.texts.prefix(1000) == (0..<1000).map(String.init)[...])
    }

    @Test func `a message that no queue receives is returned, its neighbours are confirmed`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let source = ListSource(
            (0..<300).map { message(UInt64($0), to: $0 % 3 == 1 ? "nowhere" : "q") }
                + [OutgoingMessage(publishID: 300, exchange: "", routingKey: "nowhere", body: [], mandatory: false)],
            republishes: false)
        try await running(try publisher(url, source, declarations: [queue("q")])) {
            try await eventually("every outcome is known") { source.state.withLock { $0.outcomes.count } == 301 }
        }
        for publishID in 0..<300 as Range<UInt64> {
            if publishID % 3 == 1 {
                #expect(source.outcomes(publishID) == [.returned(code: 312, text: "NO_ROUTE")])
            } else {
                #expect(source.outcomes(publishID) == [.confirmed])
            }
        }
        // Without `mandatory` the broker confirms an unroutable message.
        #expect(source.outcomes(300) == [.confirmed])
    }

    @Test func `a full queue nacks, and accepts the message when it has room`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        var arguments = quorum
        arguments["x-max-length"] = .int(1)
        try client.declare([queue("q", arguments)])
        // The limit is soft: a burst exceeds it before the queue has told the channel that it is full.
        #expect(try client.publish([0], routingKey: "q") == .confirmed)
        try await eventually("the queue is full") { try client.publish([0], routingKey: "q") == .nacked }

        let source = ListSource([message(100, to: "q")])
        try await running(try publisher(url, source)) {
            try await eventually("the message is nacked") { source.outcomes(100).contains(.nacked) }
            try client.purge("q")
            try await eventually("the message is confirmed") { source.outcomes(100).last == .confirmed }
        }
    }

    @Test func `a message that AMQP cannot carry is returned, and its neighbours are confirmed`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let long = String(repeating: "k", count: 300)
        let source = ListSource([message(1, to: "q"), message(2, to: long), message(3, to: "q")], republishes: false)
        try await running(try publisher(url, source, declarations: [queue("q")])) {
            try await eventually("every outcome is known") { source.state.withLock { $0.outcomes.count } == 3 }
        }
        #expect(source.outcomes(1) == [.confirmed] && source.outcomes(3) == [.confirmed])
        #expect(source.outcomes(2) == [.returned(code: 0, text: "routing key above 255 bytes")])
        #expect(source.state.withLock { $0.connections } == 1)
    }

    @Test func `the channel is opened again when the source has a reason, and everything arrives`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let states = StateRecorder()
        let source = ListSource((0..<1000).map { message(UInt64($0), to: "q") })
        let publisher = try publisher(url, source, declarations: [queue("q")], onState: states.record)
        try await running(publisher) {
            try await eventually("messages are confirmed") { source.confirmed > 0 }
            source.state.withLock { $0.reasonToReopen = "a stream stands still" }
            publisher.wake()
            try await eventually("there is a second channel") { source.state.withLock { $0.connections } == 2 }
            try await eventually("everything is confirmed") { source.confirmed == 1000 }
        }
        #expect(states.all.contains(.disconnected(BrokerError(.stalled, "a stream stands still"))))
    }

    @Test func `a stop waits for the confirms in flight`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let source = ListSource((0..<2000).map { message(UInt64($0), to: "q") })
        let publisher = try publisher(url, source, declarations: [queue("q")])
        try await running(publisher) {
            try await eventually("some messages are published", poll: .milliseconds(1)) {
                source.state.withLock { $0.published } > 0
            }
        }
        let (published, confirmed) = source.state.withLock { ($0.published, $0.confirmed.count) }
        #expect(published > 0 && published == confirmed)
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        #expect(try client.messageCount("q") == published)
    }

    @Test func `a missing exchange closes the channel, and publishing continues after a reconnect`()
        async throws
    {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        let source = ListSource([OutgoingMessage(publishID: 1, exchange: "later", routingKey: "k", body: [1])])
        try await running(try publisher(url, source)) {
            try await eventually("the channel is closed") { source.state.withLock { $0.disconnections } >= 1 }
            try client.declare([
                .exchange(name: "later", type: "topic", durable: true), queue("q"),
                .binding(queue: "q", exchange: "later", key: "#"),
            ])
            try await eventually("the message is confirmed") { source.confirmed == 1 }
        }
    }

    @Test func `a differing declaration ends the publisher`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let client = try BlockingClient.connect(url: url)
        defer { client.close() }
        try client.declare([.exchange(name: "x", type: "direct", durable: true)])
        let publisher = try publisher(
            url, ListSource(), declarations: [.exchange(name: "x", type: "topic", durable: true)])
        await #expect { try await publisher.run() } throws: { ($0 as? BrokerError)?.code == .topologyMismatch }
    }
}
