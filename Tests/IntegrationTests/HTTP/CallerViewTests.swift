import Contracts
import Foundation
import TestSupport
import Testing

/// What callers see of their responses and of applications over time (contract section 8, "Caller's view").
@Suite struct CallerViewTests {
    @Test func `a response to a cancelled application says so, and shows no position`() async throws {
        try await TestSystem.run(settings: TestSystem.authentication) { system in
            let robot = try await system.client("service", "robot")
            let anna = try await system.client("volunteer", "anna")
            let boris = try await system.client("volunteer", "boris")
            _ = try await robot.create(1, spots: 1)
            _ = try await anna.ended(anna.respond(nil, 1))
            _ = try await boris.ended(boris.respond(nil, 1))
            let before: API.Response = try await boris.get("/v1/applications/1/responses/boris").decoded()
            #expect(before.application_status == "open" && before.position == 1 && before.position_status == nil)
            _ = try await robot.ended(robot.call("DELETE", "/v1/applications/1"))
            for (client, state) in [(anna, "confirmed"), (boris, "waiting")] {
                let own: API.Page<API.Response> = try await client.get("/v1/applications/1/responses").decoded()
                #expect(own.items.map(\.state) == [state])
                #expect(own.items.map(\.application_status) == ["cancelled"])
                #expect(own.items.allSatisfy { $0.position == nil && $0.position_status == nil })
            }
            try await system.quiesce()
        }
    }

    @Test func `a volunteer lists their own responses, page by page, over all partitions`() async throws {
        try await TestSystem.run(partitions: 3, settings: TestSystem.authentication) { system in
            let robot = try await system.client("service", "robot")
            let anna = try await system.client("volunteer", "anna")
            for id in 1...7 {
                _ = try await robot.create(ID(id), spots: 1)
                if id != 4 { _ = try await robot.ended(robot.respond("anna", ID(id))) }
            }
            _ = try await robot.ended(robot.respond("boris", 4))
            _ = try await robot.ended(robot.call("DELETE", "/v1/applications/2"))
            var responses: [API.Response] = []
            var next: String? = "/v1/volunteers/anna/responses?limit=2"
            while let path = next {
                let page: API.Page<API.Response> = try await anna.get(path).decoded()
                #expect(page.items.count <= 2)
                responses += page.items
                next = page.next
                try #require(responses.count <= 6, "the pages end")
            }
            #expect(Set(responses.map(\.volunteer_application_id.text)) == ["1", "2", "3", "5", "6", "7"])
            #expect(responses.count == 6)
            #expect(
                responses.filter { $0.application_status == "cancelled" }.map(\.volunteer_application_id.text) == ["2"])
            let everything: API.Page<API.Response> = try await robot.get("/v1/volunteers/anna/responses").decoded()
            #expect(everything.items == responses)
            try expectProblem(try await anna.get("/v1/volunteers/boris/responses"), 404, "not_found")
            let fund = try await system.client("fund", 123)
            try expectProblem(try await fund.get("/v1/volunteers/anna/responses"), 404, "not_found")
            try await system.quiesce()
        }
    }

    @Test func `lists are filtered by fund, start and state; an unknown parameter is refused`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            for (id, fund, days) in [(1, 123, 10), (2, 124, 20), (3, 123, 30)] {
                _ = try await http.create(
                    ID(id), spots: 1, fund: ID(fund), startsIn: .seconds(days * 86_400))
            }
            func listed(_ query: String) async throws -> [String] {
                try await http.get("/v1/applications?" + query).decoded(as: API.Page<API.Application>.self).items
                    .map(\.volunteer_application_id.text)
            }
            let second: API.Application = try await http.get("/v1/applications/2").decoded()
            #expect(second.ends_at > second.starts_at)
            #expect(try await listed("fund_id=123") == ["1", "3"])
            #expect(try await listed("from=\(second.starts_at)") == ["2", "3"], "from is included")
            #expect(try await listed("to=\(second.starts_at)") == ["1"], "to is not")
            #expect(try await listed("from=\(second.starts_at.prefix(10))&fund_id=123") == ["3"])
            let page: API.Page<API.Application> = try await http.get(
                "/v1/applications?fund_id=123&from=2020-01-01&limit=1"
            ).decoded()
            let rest: API.Page<API.Application> = try await http.get(try #require(page.next)).decoded()
            #expect((page.items + rest.items).map(\.volunteer_application_id.text) == ["1", "3"])

            for volunteer in 1...2 { _ = try await http.ended(http.respond(ID(volunteer), 1)) }
            for (state, volunteers) in [("confirmed", ["1"]), ("waiting", ["2"]), ("declined", [])] {
                let page: API.Page<API.Response> = try await http.get("/v1/applications/1/responses?state=\(state)")
                    .decoded()
                #expect(page.items.map(\.volunteer_id.text) == volunteers)
            }
            for path in [
                "/v1/applications?fund=1", "/v1/applications?Status=open", "/v1/applications?from=soon",
                "/v1/applications?to=2027-02-30", "/v1/applications?to=2027-02-01T10:00:00",
                "/v1/applications?fund_id=%00", "/v1/applications/1?x", "/v1/applications/1/responses?state=gone",
                "/v1/operations/p00-00?limit=1", "/openapi.json?x=1",
            ] {
                try expectProblem(try await http.get(path), 400, "malformed")
            }
            try await system.quiesce()
        }
    }

    @Test func `what has not changed is not sent again, and what has is not overwritten`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            for path in ["/v1/applications/1", "/v1/applications", "/v1/applications/1/responses"] {
                let tag = try #require(try await http.get(path).headers["etag"])
                let same = try await http.get(path, ["If-None-Match": tag])
                #expect(same.status == 304 && same.body.isEmpty && same.headers["etag"] == tag, "\(path)")
            }
            let old = try #require(try await http.get("/v1/applications/1").headers["etag"])
            let body = #"{"available_spots":2}"#
            let headers = ["If-Match": old, "Idempotency-Key": "k"]
            let changed = try await http.call("PATCH", "/v1/applications/1", body, headers)
            #expect(changed.status == 202)
            #expect(try await http.get("/v1/applications/1", ["If-None-Match": old]).status == 200)
            let replay = try await http.call("PATCH", "/v1/applications/1", body, headers)
            #expect(replay.headers["idempotent-replayed"] == "true", "a replay is answered before the condition")
            let late = try await http.call("PATCH", "/v1/applications/1", #"{"available_spots":3}"#, ["If-Match": old])
            try expectProblem(late, 412, "precondition_failed")
            try expectProblem(
                try await http.call("DELETE", "/v1/applications/1", nil, ["If-Match": old]), 412, "precondition_failed")
            let now: API.Application = try await http.get("/v1/applications/1").decoded()
            #expect(now.available_spots == 2 && now.status == "open")
            #expect(try await http.call("DELETE", "/v1/applications/1", nil, ["If-Match": "*"]).status == 202)
            try await system.quiesce()
        }
    }

    @Test func `a command can wait for its end`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            _ = try await http.respond(1, 1)
            let headers = ["Prefer": "wait=20", "Idempotency-Key": "k"]
            let body = #"{"volunteer_id":2,"status":"accepted"}"#
            for isReplay in [false, true] {
                let answer = try await http.call("POST", "/v1/applications/1/responses", body, headers)
                #expect(answer.status == 202 && answer.headers["preference-applied"] == "wait=20")
                #expect(answer.headers["idempotent-replayed"] == (isReplay ? "true" : nil))
                let operation: API.Operation = try answer.decoded()
                #expect(operation.result == .init(outcome: "waiting", position: 1))
                let polled = try await http.get(try #require(answer.headers["location"]))
                #expect(polled.body == answer.body)
            }
            try await system.quiesce()
        }
    }
}
