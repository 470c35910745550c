import Contracts
import Ledger
import NotifierDomain
import TestSupport
import Testing

@testable import NotifierService

/// Callers' webhook endpoints: their settings and health, and how long deliveries are kept (contract section 6).
@Suite struct EndpointTests {
    @Test func `410 disables an endpoint, what happens meanwhile is kept, and can be replayed once it is enabled`()
        async throws
    {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            sender.answer("https://e1.example/", 500)
            try await fixture.receive([.settings([.at("e1")]), .event("p00-1", to: nil)], epoch: 1)
            try await fixture.dispatching(sender) {
                try await fixture.settled()
                sender.answer("https://e1.example/", 410)
                try await fixture.receive([.event("p00-2", to: nil)], epoch: 1)
                try await fixture.settled()
                #expect(try fixture.deliveries() == ["p00-1 e1 pending 1", "p00-2 e1 failed 1"])
                try await fixture.receive([.event("p00-3", to: nil)], epoch: 1)
                fixture.world.wall.advance(.seconds(7))
                // The one that was pending is skipped when it is due.
                try await fixture.settled()
                #expect(
                    try fixture.deliveries()
                        == ["p00-1 e1 skipped 1", "p00-2 e1 failed 1", "p00-3 e1 skipped 0"])
                // The same settings once more, as in a resync, do not enable it.
                try await fixture.receive([.settings([.at("e1")]), .event("p00-4", to: nil)], epoch: 1)
                #expect(try fixture.states().last == "skipped")
                sender.answer("https://e1.example/", 200)
                try await fixture.receive([.settings([.at("e1", enabled: 9)])], epoch: 1)
                let answer = try await fixture.ask(
                    "POST", "/v1/webhook-endpoints/e1/retry", body: #"{"since":"\#(Timestamp.testStart)"}"#)
                #expect(answer.status == 200 && answer.body == #"{"retried":4}"#)
                try await fixture.settled()
            }
            #expect(Set(try fixture.states()) == ["delivered"])
            #expect(sender.attempts.count == 2 + 4)
            #expect(try fixture.file.counters()["webhook_pending"] == 0)
        }
    }

    @Test func `an endpoint that only fails for five days is disabled`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            sender.script("https://e1.example/", .outcome(.failed(.timeout)))
            try await fixture.receive([.settings([.at("e1")])], epoch: 1)
            try await fixture.dispatching(sender) {
                for day in 0...5 {
                    try await fixture.receive([.event("p00-\(day)", to: nil)], epoch: 1)
                    try await fixture.settled()
                    #expect(try fixture.count("SELECT count(*) FROM webhook_endpoint WHERE disabled_at > 0") == day / 5)
                    try await fixture.pass(.seconds(86_400))
                    try await fixture.settled()
                }
            }
            #expect(try fixture.states().contains("skipped"))
        }
    }

    @Test func `what is pending for an endpoint that was deleted fails when it is due`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            try await fixture.receive([.settings([.at("e1")]), .event("p00-1", to: nil), .settings()], epoch: 1)
            try await fixture.dispatching(sender) { try await fixture.settled() }
            #expect(try fixture.deliveries() == ["p00-1 e1 failed 0"])
            #expect(sender.attempts.isEmpty)
        }
    }

    // MARK: - Settings

    @Test func `callers that a producer did not name in its state are dropped`() async throws {
        try await NotifierFixture.World(partitions: 2).run { fixture in
            let many = (0..<60).map { Message.settings(of: "fund:\($0)", [.at("m\($0)")]) }
            try await fixture.receive(many + [.settings(of: "fund:a", [.at("e1")])], epoch: 1)
            try await fixture.receive([.settings(of: "fund:b", [.at("e2")])], epoch: 1, from: 1)
            try await fixture.receive([.settings(of: "fund:a", [.at("e3")]), .complete(restored: true)], epoch: 2)
            try await fixture.settle()
            let callers = try fixture.file.pointRead { snapshot in
                try snapshot.rows("SELECT name FROM webhook_caller ORDER BY name") { $0.text(0) }
            }
            let endpoints = try fixture.file.pointRead { snapshot in
                try snapshot.rows("SELECT id FROM webhook_endpoint ORDER BY id") { $0.text(0) }
            }
            #expect(callers == ["fund:a", "fund:b"])
            #expect(endpoints == ["e2", "e3"])
        }
    }

    // MARK: - Retention

    @Test func `a delivery is kept for thirty days after it has ended`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            sender.answer("https://b.example/", 500)
            try await fixture.receive([.event("p00-1"), .event("p00-2", to: "https://b.example/")], epoch: 1)
            try await fixture.dispatching(sender) { try await fixture.settled() }
            try await fixture.pass(.seconds(29 * 86_400))
            #expect(try fixture.states() == ["delivered", "pending"])
            try await fixture.pass(.seconds(86_400))
            try await eventually("it is deleted") {
                try await fixture.pass(.seconds(60))
                return try fixture.states() == ["pending"]
            }
            #expect(try fixture.count("SELECT count(*) FROM webhook_attempt") == 1)
            #expect(try fixture.file.counters()["forgotten_deliveries"] == 1)
        }
    }
}
