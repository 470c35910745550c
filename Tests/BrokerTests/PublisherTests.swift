import Broker
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct PublisherTests {
    @Test func `everything is confirmed once and arrives in order`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        let source = ListSource((0..<5000).map { message(UInt64($0), to: "q") })
        let publisher = try publisher(url, source, declarations: [queue("q")])
        try await running(publisher) {
            try await eventually("the first are confirmed") { source.confirmed == 5000 }
            source.add([message(5000, to: "q")])
            publisher.wake()
            try await eventually("one more is confirmed") { source.confirmed == 5001 }
        }
        #expect(source.state.withLock { $0.outcomes.values.allSatisfy { $0 == [.confirmed] } })
        #expect(source.state.withLock { $0.connections } == 1)
        #expect(source.state.withLock { $0.disconnections } == 1)
        #expect(try session.messageCount("q") == 5001)
        let inbox = Inbox()
        try await running(try inbox.consumer(url, ["q"])) {
            try await eventually("all arrive", poll: .milliseconds(50)) { inbox.deliveries.count >= 1000 }
        }
        #expect(inbox.texts.prefix(1000) == (0..<1000).map(String.init)[...])
    }

    @Test func `what no queue receives comes back, its neighbours are confirmed`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let source = ListSource(
            (0..<300).map { message(UInt64($0), to: $0 % 3 == 1 ? "nowhere" : "q") }
                + [OutgoingMessage(publishID: 300, exchange: "", routingKey: "nowhere", body: [], mandatory: false)],
            again: false)
        try await running(try publisher(url, source, declarations: [queue("q")])) {
            try await eventually("all are decided") { source.state.withLock { $0.outcomes.count } == 301 }
        }
        for publishID in 0..<300 as Range<UInt64> {
            if publishID % 3 == 1 {
                #expect(source.outcomes(publishID) == [.returned(code: 312, text: "NO_ROUTE")])
            } else {
                #expect(source.outcomes(publishID) == [.confirmed])
            }
        }
        // The broker confirms what is nobody's; that is why everything of ours is mandatory.
        #expect(source.outcomes(300) == [.confirmed])
    }

    @Test func `a full queue nacks, and takes the rest when it has room`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        var arguments = quorum
        arguments["x-max-length"] = .int(1)
        try session.declare([queue("q", arguments)])
        // The limit is a soft one: a burst passes it before the queue has told the channel that it is full.
        #expect(try session.publish([0], routingKey: "q") == .confirmed)
        try await eventually("it is full") { try session.publish([0], routingKey: "q") == .nacked }

        let source = ListSource([message(100, to: "q")])
        try await running(try publisher(url, source)) {
            try await eventually("it is nacked") { source.outcomes(100).contains(.nacked) }
            try session.purge("q")
            try await eventually("it is confirmed") { source.outcomes(100).last == .confirmed }
        }
    }

    @Test func `what AMQP cannot carry is said so and harms nobody`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let long = String(repeating: "k", count: 300)
        let source = ListSource([message(1, to: "q"), message(2, to: long), message(3, to: "q")], again: false)
        try await running(try publisher(url, source, declarations: [queue("q")])) {
            try await eventually("all are decided") { source.state.withLock { $0.outcomes.count } == 3 }
        }
        #expect(source.outcomes(1) == [.confirmed] && source.outcomes(3) == [.confirmed])
        #expect(source.outcomes(2) == [.returned(code: 0, text: "routing key above 255 bytes")])
        #expect(source.state.withLock { $0.connections } == 1)
    }

    @Test func `a stop waits for the confirms in flight`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let source = ListSource((0..<2000).map { message(UInt64($0), to: "q") })
        let publisher = try publisher(url, source, declarations: [queue("q")])
        try await running(publisher) {
            try await eventually("some are published", poll: .milliseconds(1)) {
                source.state.withLock { $0.published } > 0
            }
        }
        let (published, confirmed) = source.state.withLock { ($0.published, $0.confirmed.count) }
        #expect(published > 0 && published == confirmed)
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        #expect(try session.messageCount("q") == published)
    }

    @Test func `an exchange that does not exist closes the channel, the rest is published after a reconnect`()
        async throws
    {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        let source = ListSource([OutgoingMessage(publishID: 1, exchange: "later", routingKey: "k", body: [1])])
        try await running(try publisher(url, source)) {
            try await eventually("the channel was closed") { source.state.withLock { $0.disconnections } >= 1 }
            try session.declare([
                .exchange(name: "later", type: "topic", durable: true), queue("q"),
                .binding(queue: "q", exchange: "later", key: "#"),
            ])
            try await eventually("it is confirmed") { source.confirmed == 1 }
        }
    }

    @Test func `a differing declaration ends the publisher`() async throws {
        let url = try await ThrowawayBroker.shared().virtualHost()
        let session = try BlockingClient.connect(url: url)
        defer { session.close() }
        try session.declare([.exchange(name: "x", type: "direct", durable: true)])
        let publisher = try publisher(
            url, ListSource(), declarations: [.exchange(name: "x", type: "topic", durable: true)])
        await #expect { try await publisher.run() } throws: { ($0 as? BrokerError)?.code == .topologyMismatch }
    }
}
