import Contracts
import Ledger
import NotifierDomain
import ServiceLifecycle
import TestSupport
import Testing
import Webhooks

@testable import NotifierService

/// Deliveries from the event to the last attempt (contract section 6).
@Suite struct DispatcherTests {
    private static let callback = "https://a.example/callback"

    @Test func `an event goes to the callback and to the endpoints of its caller that receive its type`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            try await fixture.receive(
                [
                    .settings([.at("e1"), .at("e2", ["notification.confirmed"]), .at("e3", ["operation.completed"])]),
                    .settings(of: "fund:2", [.at("e4")]), .settings(of: "service", [.at("e5")]),
                    .event("p00-1", payload: #"{"b": 1}"#),
                ], epoch: 1)
            try await fixture.dispatching(sender) {
                try await fixture.settled()
            }
            #expect(Set(sender.attempts.map(\.url)) == [Self.callback, "https://e1.example/", "https://e3.example/"])
            let body = #"{"type":"operation.completed","timestamp":"\#(Timestamp.testStart)","data":{"b": 1}}"#
            #expect(Set(sender.attempts.map { String(decoding: $0.body, as: UTF8.self) }) == [body])
            #expect(Set(sender.attempts.map(\.webhookID)) == ["p00-1"])
            let secret = SigningSecret(of: "fund:1", generation: 0, master: NotifierFixture.masterKey)
            #expect(sender.attempts.allSatisfy { $0.secrets == [secret] && $0.number == 1 && $0.time == .testStart })
            #expect(
                try fixture.deliveries() == ["p00-1  delivered 1", "p00-1 e1 delivered 1", "p00-1 e3 delivered 1"])
            #expect(try fixture.file.counters()["webhook_pending"] == 0)
            #expect(try fixture.file.counters()["webhook_delivered"] == 3)
        }
    }

    @Test func `an event that is applied twice makes no second delivery`() async throws {
        try await NotifierFixture.World().run { fixture in
            try await fixture.receive([.settings([.at("e1")]), .event("p00-1"), .event("p00-1")], epoch: 1)
            // ApplicationService's file is an older copy of itself.
            try await fixture.receive([.event("p00-1")], epoch: 2)
            #expect(try fixture.deliveries() == ["p00-1  pending 0", "p00-1 e1 pending 0"])
            #expect(try fixture.file.counters()["webhook_pending"] == 2)
        }
    }

    @Test func `a notification goes to the endpoints of the application's fund and of services`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            var other = GivenApplication()
            other.id = "b"
            try await fixture.receive(
                [
                    .settings(
                        of: "fund:f", [.at("e1", ["notification.confirmed"]), .at("e2", ["notification.waiting"])]),
                    .settings(of: "fund:g", [.at("e3")]), .settings(of: "service", [.at("e4")]),
                    .settings(of: "service:7", [.at("e5")]), .settings(of: "volunteer:f", [.at("e6")]),
                    GivenApplication().create, GivenApplication().told("u", .confirmed),
                ], epoch: 1)
            try await fixture.dispatching(sender) { try await fixture.settled() }
            #expect(
                sender.attempts.map(\.url).sorted()
                    == ["https://e1.example/", "https://e4.example/", "https://e5.example/"])
            #expect(Set(sender.attempts.map(\.webhookID)).count == 1)
            // The data are the bytes that were published.
            let published = try fixture.file.pointRead { snapshot in
                try snapshot.rows("SELECT body FROM outbox WHERE action = 'notification'") { $0.bytes(0) }
            }
            let expected = EventBody.encoded(
                type: "notification.confirmed", timestamp: .testStart, data: try #require(published.first))
            #expect(published.count == 1 && sender.attempts.allSatisfy { $0.body == expected })
            let secrets = sender.attempts.first { $0.url == "https://e5.example/" }?.secrets
            #expect(secrets == [SigningSecret(of: "service:7", generation: 0, master: NotifierFixture.masterKey)])
        }
    }

    @Test func `the state of an application says its fund, and until then only services receive its notifications`()
        async throws
    {
        try await NotifierFixture.World().run { fixture in
            let state = GivenApplication().state([], restored: false)
            guard case .applicationState(var withFund) = state else { return }
            withFund.fundID = .trusted("f")
            try await fixture.receive(
                [
                    .settings(of: "fund:f", [.at("e1")]), state, GivenApplication().told("u", .confirmed),
                    .applicationState(withFund), GivenApplication().told("v", .confirmed),
                ], epoch: 1)
            #expect(try fixture.states().count == 1)
        }
    }

    @Test func `a failure is retried when its time has come, with the same id`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            sender.answer(Self.callback, 500)
            try await fixture.receive([.event("p00-1")], epoch: 1)
            try await fixture.dispatching(sender) {
                try await fixture.settled()
                #expect(try fixture.deliveries() == ["p00-1  pending 1"])
                #expect(try fixture.count("SELECT last_status FROM webhook_delivery") == 500)
                sender.answer(Self.callback, 204)
                // The first step is 5 s, and the jitter a fifth of it.
                fixture.world.wall.advance(.seconds(7))
                try await fixture.settled()
            }
            #expect(try fixture.deliveries() == ["p00-1  delivered 2"])
            #expect(sender.attempts.map(\.number) == [1, 2])
            #expect(Set(sender.attempts.map(\.webhookID)) == ["p00-1"])
            #expect(sender.attempts.map(\.time) == [.testStart, .testStart.advanced(by: .seconds(7))])
            #expect(try fixture.count("SELECT count(*) FROM webhook_attempt WHERE status IN (500, 204)") == 2)
        }
    }

    @Test func `what is pending is sent after a restart, and what was in flight with the same id and number`()
        async throws
    {
        let world = try NotifierFixture.World()
        let sender = ScriptedSender()
        sender.script(Self.callback, .hang)
        try await world.run { fixture in
            try await fixture.receive([.event("p00-1"), .event("p00-2", to: "https://b.example/")], epoch: 1)
            try await fixture.dispatching(sender) {
                try await eventually("both are sent") { sender.attempts.count == 2 }
                try await eventually("one is delivered") { try fixture.states() == ["pending", "delivered"] }
            }
        }
        try await world.run { fixture in
            sender.answer(Self.callback, 200)
            try await fixture.dispatching(sender) { try await fixture.settled() }
            #expect(try fixture.states() == ["delivered", "delivered"])
            #expect(sender.attempts.filter { $0.webhookID == "p00-1" }.map(\.number) == [1, 1])
            #expect(sender.attempts.count == 3)
        }
    }

    @Test func `a graceful stop commits what has ended, and drops what hangs`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            sender.script(Self.callback, .hang)
            try await fixture.receive([.event("p00-1"), .event("p00-2", to: "https://b.example/")], epoch: 1)
            let group = ServiceGroup(
                configuration: .init(services: [fixture.dispatcher(sender)], logger: .quiet))
            async let running: Void = group.run()
            try await eventually("both are sent") { sender.attempts.count == 2 }
            await group.triggerGracefulShutdown()
            try await running
            #expect(try fixture.states() == ["pending", "delivered"])
            #expect(sender.isShutDown)
        }
    }

    @Test func `a receiver that hangs holds up no other, and has four deliveries in flight`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            sender.script("https://slow.example/", .hang)
            let slow = (0..<30).map { Message.event("slow-\($0)", to: "https://slow.example/") }
            let fast = (0..<200).map { Message.event("fast-\($0)", to: "https://fast\($0 % 20).example/") }
            try await fixture.receive(slow + fast, epoch: 1)
            try await fixture.dispatching(sender) {
                try await eventually("all others are delivered") {
                    try fixture.states().filter { $0 == "delivered" }.count == 200
                }
                #expect(sender.mostInFlight(to: "https://slow.example/") == 4)
                #expect(sender.mostInFlight(to: "https://fast0.example/") <= 4)
                sender.answer("https://slow.example/", 200)
                try await fixture.settled()
            }
            #expect(sender.attempts.count == 230)
            #expect(Set(sender.attempts.map(\.webhookID)).count == 230)
        }
    }

    @Test func `after a rotation both secrets sign for a day`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            func secrets(_ generations: [Int]) -> [SigningSecret] {
                generations.map { SigningSecret(of: "fund:1", generation: $0, master: NotifierFixture.masterKey) }
            }
            try await fixture.receive(
                [.settings(generation: 3, rotatedAt: .testStart), .event("p00-1")], epoch: 1)
            try await fixture.dispatching(sender) {
                try await fixture.settled()
                fixture.world.wall.advance(.seconds(86_400))
                try await fixture.receive([.event("p00-2")], epoch: 1)
                try await fixture.settled()
            }
            #expect(sender.attempts.map(\.secrets) == [secrets([3, 2]), secrets([3])])
        }
    }

    @Test func `a retry that was planned by a clock that was ahead comes when the schedule allows`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            sender.answer(Self.callback, 500)
            fixture.world.wall.advance(.seconds(400 * 86_400))
            try await fixture.receive([.event("p00-1")], epoch: 1)
            try await fixture.dispatching(sender) {
                try await fixture.settled()
                fixture.world.wall.advance(.seconds(-400 * 86_400))
                let day = fixture.world.wall.now.advanced(by: .seconds(86_400)).milliseconds
                try await eventually("it is due within a day") {
                    try await fixture.pass(.seconds(60))
                    return try fixture.file.pointRead {
                        try DeliveryStore($0).oldestDue().map { $0.milliseconds < day } ?? false
                    }
                }
            }
        }
    }
}
