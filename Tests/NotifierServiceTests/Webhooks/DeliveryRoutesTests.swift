import Contracts
import Foundation
import NotifierDomain
import TestSupport
import Testing
import Web

@testable import NotifierService

/// What callers ask of their deliveries (contract section 8).
@Suite struct DeliveryRoutesTests {
    @Test func `the state of a callback is shown to its caller and to services`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            let path = "/v1/operations/p00-1/callback"
            sender.answer("https://a.example/callback", 503)
            try await fixture.receive([.settings([.at("e1")]), .event("p00-1")], epoch: 1)
            #expect(
                try await fixture.ask("GET", path).body
                    == #"{"state":"pending","attempts":0,"next_attempt_at":"\#(Timestamp.testStart)"}"#)
            try await fixture.dispatching(sender) { try await fixture.settled() }
            let body = try #require(try await fixture.ask("GET", path, role: "service", caller: nil).body)
            #expect(body.contains(#""state":"pending","attempts":1,"next_attempt_at""#))
            #expect(body.hasSuffix(#","last_status":503}"#))
            #expect(try await fixture.ask("GET", path, caller: "2").status == 404)
            #expect(try await fixture.ask("GET", path, role: "volunteer").status == 404)
            #expect(try await fixture.ask("GET", "/v1/operations/p00-2/callback").status == 404)
        }
    }

    @Test func `the deliveries of an endpoint are listed in parts, the newest first`() async throws {
        try await NotifierFixture.World().run { fixture in
            try await fixture.receive([.settings([.at("e1"), .at("e2", ["x"])])], epoch: 1)
            for number in 1...5 {
                try await fixture.receive([.event("p00-\(number)", to: nil)], epoch: 1)
                fixture.world.wall.advance(.milliseconds(number == 3 ? 0 : 1))
            }
            func page(_ query: String, endpoint: String = "e1") async throws -> (ids: [String], end: String?) {
                let answer = try await fixture.ask("GET", "/v1/webhook-endpoints/\(endpoint)/deliveries\(query)")
                let lines = (answer.body ?? "").split(separator: "\n").map {
                    $0.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
                }
                let ids = lines.filter { !$0[0].isEmpty }.map { line in
                    String(line[1].split(separator: "\"")[3])
                }
                return (ids, lines.first { $0[0].isEmpty }.map { String($0[1]) })
            }
            func cursor(_ partition: String, _ place: String) -> String {
                "cursor=" + Base64URL.encoded("\(partition) 0a0b0c0d \(place)".utf8)
            }
            let all = try await page("")
            #expect(all.ids == ["p00-5", "p00-4", "p00-3", "p00-2", "p00-1"] && all.end == nil)
            let first = try await page("?limit=2")
            #expect(first.ids == ["p00-5", "p00-4"])
            let end = try #require(first.end)
            #expect(try await page("?limit=2&" + cursor("p00", end)).ids == ["p00-3", "p00-2"])
            // Those of the same time in other partitions come before or after.
            #expect(try await page("?" + cursor("p01", end)).ids == ["p00-4", "p00-3", "p00-2", "p00-1"])
            #expect(try await page("?state=failed").ids == [])
            #expect(try await page("?state=pending&limit=1").ids == ["p00-5"])
            #expect(try await page("", endpoint: "e2").ids == [])
            for query in ["?state=lost", "?limit=0", "?limit=201", "?limit=x", "?cursor=abc", "?cursor="] {
                let answer = try await fixture.ask("GET", "/v1/webhook-endpoints/e1/deliveries" + query)
                #expect(answer.status == 400, "\(query)")
            }
        }
    }

    @Test func `a delivery is shown with its attempts, and retried with the same id`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            let path = "/v1/webhook-endpoints/e1/deliveries/p00-1"
            sender.script(
                "https://e1.example/", .outcome(.answered(status: 410, body: Array("no \"more\"".utf8))))
            try await fixture.receive([.settings([.at("e1")]), .event("o1", to: nil)], epoch: 1)
            try await fixture.dispatching(sender) {
                try await fixture.settled()
                let shown = try await fixture.ask("GET", path)
                let json = try JSONDecoder().decode(Shown.self, from: Data((shown.body ?? "").utf8))
                #expect(json.id == "p00-1" && json.webhook_id == "o1" && json.state == "failed")
                #expect(json.payload.data.id == "x" && json.attempts == 1 && json.last_status == 410)
                #expect(json.attempt_log.map(\.response) == ["no \"more\""])
                #expect(json.attempt_log.map(\.at) == [Timestamp.testStart.description])
                // Although the endpoint is disabled now.
                let retried = try await fixture.ask("POST", path + "/retry")
                #expect(retried.status == 202)
                #expect(retried.body?.contains(#""state":"pending","attempts":1"#) == true)
                try await fixture.settled()
                #expect(sender.attempts.map(\.number) == [1, 2])
                #expect(Set(sender.attempts.map(\.webhookID)) == ["o1"])
            }
            for other in ["e2/deliveries/p00-1", "e1/deliveries/p00-2", "e1/deliveries/p01-1", "e1/deliveries/1"] {
                #expect(try await fixture.ask("GET", "/v1/webhook-endpoints/\(other)").status == 404)
                #expect(try await fixture.ask("POST", "/v1/webhook-endpoints/\(other)/retry").status == 404)
            }
        }
    }

    @Test func `a test reaches a disabled endpoint too, and the health says why it is disabled`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            let health = "/v1/webhook-endpoints/e1/health"
            sender.answer("https://e1.example/", 410)
            #expect(try await fixture.ask("POST", "/v1/webhook-endpoints/e1/test").status == 404)
            try await fixture.receive([.settings([.at("e1", ["x"])])], epoch: 1)
            #expect(try await fixture.ask("GET", health).body == #"{"state":"enabled"}"#)
            try await fixture.dispatching(sender) {
                for _ in 1...2 {
                    #expect(try await fixture.ask("POST", "/v1/webhook-endpoints/e1/test").status == 202)
                    try await fixture.settled()
                }
            }
            let time = Timestamp.testStart
            #expect(
                try await fixture.ask("GET", health).body
                    == #"{"state":"disabled","failing_since":"\#(time)","disabled_at":"\#(time)","reason":"gone"}"#)
            let body = #"{"type":"endpoint.test","timestamp":"\#(time)","data":{"endpoint_id":"e1"}}"#
            #expect(sender.attempts.map { String(decoding: $0.body, as: UTF8.self) } == [body, body])
            #expect(Set(sender.attempts.map(\.webhookID)).count == 2)
        }
    }

    @Test func `all that failed since a time is retried in steps`() async throws {
        try await NotifierFixture.World().run { fixture in
            let sender = ScriptedSender()
            let path = "/v1/webhook-endpoints/e1/retry"
            sender.answer("https://e1.example/", 410)
            try await fixture.receive([.settings([.at("e1")]), .event("first", to: nil)], epoch: 1)
            fixture.world.wall.advance(.seconds(1))
            let since = #"{"since":"\#(fixture.world.wall.now)"}"#
            try await fixture.receive((0..<600).map { .event("p00-\($0)", to: nil) }, epoch: 1)
            try await fixture.dispatching(sender) {
                try await fixture.settled()
                sender.answer("https://e1.example/", 200)
                try await fixture.receive([.settings([.at("e1", enabled: 5)])], epoch: 1)
                #expect(try await fixture.ask("POST", path, body: since).body == #"{"retried":600}"#)
                try await fixture.settled()
                #expect(try await fixture.ask("POST", path, body: since).body == #"{"retried":0}"#)
            }
            #expect(try fixture.states().filter { $0 == "delivered" }.count == 600)
            for body in [
                "", "[]", "{}", #"{"since":1}"#, #"{"since":"yesterday"}"#, #"{"since":"2026-01-01T00:00:00"}"#,
            ] {
                let answer = try await fixture.ask("POST", path, body: body)
                #expect([400, 422].contains(answer.status), "\(body)")
            }
        }
    }

    @Test func `a path that no route has is refused`() async throws {
        try await NotifierFixture.World().run { fixture in
            for (method, path) in [("GET", "/v1/nothing"), ("PUT", "/v1/webhook-endpoints/e1/test"), ("GET", "")] {
                await #expect(throws: NotifierFixture.UnexpectedReply.self) {
                    try await fixture.ask(method, path)
                }
            }
        }
    }

    private struct Shown: Decodable {
        struct Attempt: Decodable {
            let at: String
            let response: String?
        }

        struct Payload: Decodable {
            struct Operation: Decodable {
                let id: String
            }

            let data: Operation
        }

        let id: String
        let webhook_id: String
        let state: String
        let attempts: Int
        let last_status: Int?
        let payload: Payload
        let attempt_log: [Attempt]
    }
}
