import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// A partition's queue accepts only well-formed messages of trusted users. Everything else is parked and has no effect
/// (contract section 3).
@Suite struct ForgedMessageTests {
    /// A message that would do harm if it were applied: an offer to a volunteer who is not on the list, in a stream
    /// with a later epoch.
    private static let offer = Message.notifyFreeSpot(
        NotifyFreeSpot(
            applicationID: 456, availableSpots: 1, waitingVolunteers: ["intruder"], release: 1,
            expiresAt: .instant(.now().advanced(by: .seconds(3600))), seen: 1))
    private static let future: Int64 = 4_000_000_000_000

    private static func headers(
        stream: HeaderValue? = .string("waitlist.p00>application.p00"), epoch: HeaderValue? = .int(future),
        seq: HeaderValue? = .int(1)
    ) -> [String: HeaderValue] {
        [HeaderName.stream: stream, HeaderName.epoch: epoch, HeaderName.seq: seq].compactMapValues { $0 }
    }

    /// Headers that do not name a stream to application.p00.
    static let badHeaders: [[String: HeaderValue]] = [
        [:],
        headers(stream: nil),
        headers(stream: .string("")),
        headers(stream: .string("waitlist.p00")),
        headers(stream: .string("waitlist.p00>application.p01")),
        headers(stream: .string("application.p00>waitlist.p00")),
        headers(stream: .string("application.p00>application.p00")),
        headers(stream: .string("unknown.p00>application.p00")),
        headers(stream: .string("waitlist.p0>application.p00")),
        headers(stream: .int(7)),
        headers(stream: .null),
        headers(stream: .bytes([0xFF])),
        headers(stream: .table([:])),
        headers(epoch: nil),
        headers(epoch: .string("4000000000000")),
        headers(epoch: .int(0)),
        headers(epoch: .int(-1)),
        headers(epoch: .double(4e12)),
        headers(seq: nil),
        headers(seq: .string("1")),
        headers(seq: .int(0)),
        headers(seq: .int(.min)),
        headers(seq: .bool(true)),
    ]

    @Test func `a message whose headers do not name a stream to this partition is parked`() async throws {
        try await TestSystem.run { system in
            let body = Self.offer.encoded()
            for headers in Self.badHeaders {
                let properties = MessageProperties(type: "notify_free_spot", userID: "guest", headers: headers)
                try await system.sendRaw(body, exchange: "", routingKey: "application.p00", properties: properties)
            }
            try await expectNoEffect(on: system, parked: Self.badHeaders.count)
        }
    }

    @Test func `a streamed message without a user_id is parked`() async throws {
        try await TestSystem.run { system in
            let body = Self.offer.encoded()
            for exchange in ["", Exchange.waiting, Exchange.spotUpdates] {
                let key = exchange.isEmpty ? "application.p00" : "notify_free_spot.application.p00"
                let properties = MessageProperties(appID: nil, headers: Self.headers())
                try await system.sendRaw(body, exchange: exchange, routingKey: key, properties: properties)
            }
            try await expectNoEffect(on: system, parked: 3)
        }
    }

    @Test func `messages of an untrusted broker user are parked, both streamed and control messages`() async throws {
        try await TestSystem.run { system in
            let mallory = try await login("mallory", on: system)
            defer { mallory.close() }
            let stream = try #require(StreamName(parsing: "waitlist.p00>application.p00"))
            let own = try #require(StreamName(parsing: "application.p00>waitlist.p00"))
            let controls: [Message] = [
                .streamHead(StreamHead(stream: stream, epoch: Self.future, head: 1000)),
                .streamApplied(StreamApplied(stream: own, epoch: Self.future, last: 1000)),
                .resend(Resend(stream: own, epoch: Self.future, from: 1)),
            ]
            for message in [Self.offer] + controls {
                let properties = MessageProperties(
                    userID: "mallory", headers: message.action.isControl ? [:] : Self.headers())
                let outcome = try mallory.publish(
                    message.encoded(), routingKey: "application.p00", properties: properties)
                #expect(outcome == .confirmed)
            }
            // The broker itself rejects a user_id that is not the connection's user.
            #expect(throws: BrokerError.self) {
                try mallory.publish(
                    Self.offer.encoded(), routingKey: "application.p00",
                    properties: MessageProperties(userID: "guest", headers: Self.headers()))
            }
            try await expectNoEffect(on: system, parked: 4)
        }
    }

    @Test func `control messages of a trusted user about the wrong stream are parked`() async throws {
        try await TestSystem.run { system in
            let stream = try #require(StreamName(parsing: "application.p00>waitlist.p00"))
            let wrong: [Message] = [
                .streamHead(StreamHead(stream: stream, epoch: Self.future, head: 1000)),
                .streamApplied(
                    StreamApplied(
                        stream: try #require(StreamName(parsing: "waitlist.p00>application.p00")), epoch: 1, last: 1)),
                .resend(
                    Resend(
                        stream: try #require(StreamName(parsing: "waitlist.p00>notifier.p00")), epoch: 1, from: 1)),
            ]
            for message in wrong {
                try await system.sendRaw(
                    message.encoded(), exchange: "", routingKey: "application.p00",
                    properties: MessageProperties(userID: "guest"))
            }
            try await expectNoEffect(on: system, parked: 3)
        }
    }

    @Test func `users in TRUSTED_AMQP_USERS are trusted, the service's own user only if it is listed`()
        async throws
    {
        try await TestSystem.run(services: []) { system in
            let trusted = ["TRUSTED_AMQP_USERS": "backend, guest"]
            try await system.application.start(trusted)
            try await system.waitlist.start()
            for service in [system.application, system.waitlist] { try await service.waitUntilReady() }
            try await system.create("trusted", spots: 1)
            let backend = try await login("backend", on: system)
            defer { backend.close() }
            // The notifier sends no such stream, so that the real streams are not disturbed.
            let outcome = try backend.publish(
                Message.accepted(1, "trusted").encoded(), routingKey: "application.p00",
                properties: MessageProperties(
                    userID: "backend",
                    headers: Self.headers(stream: .string("notifier.p00>application.p00"), epoch: .int(1))))
            #expect(outcome == .confirmed)
            try await system.waitUntil("it is applied") { system.statusRecords(.confirmed).count == 1 }
            try await system.quiesce()

            #expect(try await system.application.stop() == 0)
            try await system.application.start(["TRUSTED_AMQP_USERS": "backend"])
            try await system.application.waitUntilReady()
            try await system.accept(2, "trusted")
            // WaitlistService publishes as guest, who is no longer trusted.
            try await system.waitUntil("its answer is parked") {
                try await !system.application.run("parked", "list").lines.isEmpty
            }
            #expect(system.statuses(of: 2) == [])
        }
    }

    /// Checks that exactly this number is parked, that no volunteer was notified, and that the real streams continue.
    private func expectNoEffect(
        on system: TestSystem, parked count: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await system.waitUntil("all are parked") {
            try await system.application.run("parked", "list").lines.count >= count
        }
        let scenario = Scenario(application: 456, spots: 1, volunteers: 3, decliners: 1)
        try await scenario.send(to: system)
        try await scenario.expectOutcome(on: system, sourceLocation: sourceLocation)
        #expect(system.statuses(of: "intruder") == [], sourceLocation: sourceLocation)
        let lines = try await system.application.run("parked", "list").lines
        #expect(lines.count == count, "\(lines)", sourceLocation: sourceLocation)
        let ins = try await system.streams(system.application).filter { $0.direction == "in" }
        #expect(ins.allSatisfy { $0.epoch < Self.future }, "\(ins)", sourceLocation: sourceLocation)
    }

    /// Connects as another broker user with all permissions in this virtual host.
    private func login(_ name: String, on system: TestSystem) async throws -> BlockingClient {
        let virtualHost = String(system.url.split(separator: "/").last ?? "")
        // Users belong to the broker, not to the virtual host: each test needs a name of its own.
        try await system.broker.addUser(name, password: "secret", virtualHost: virtualHost)
        return try BlockingClient.connect(
            url: system.url.replacingOccurrences(of: "guest:guest", with: "\(name):secret"), name: name)
    }
}
