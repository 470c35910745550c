import Contracts
import Foundation
import TestSupport
import Testing

/// Why a response is as it is, and when it became so (contract section 8, "Caller's view").
@Suite struct ResponseReasonTests {
    private static func response(_ volunteer: String, _ client: APIClient) async throws -> API.Response {
        try await client.get("/v1/applications/1/responses/\(volunteer)").decoded()
    }

    @Test func `a response shows the reason of each of its changes, to the volunteer, the fund and a service`()
        async throws
    {
        try await TestSystem.run(settings: TestSystem.authentication) { system in
            let robot = try await system.client("service", "robot")
            let fund = try await system.client("fund", 123)
            var clients: [String: APIClient] = [:]
            for name in ["anna", "boris", "clara", "dmitry"] {
                clients[name] = try await system.client("volunteer", .trusted(name))
            }
            func client(_ name: String) throws -> APIClient { try #require(clients[name]) }
            func expect(_ volunteer: String, _ state: String, _ reason: String) async throws {
                try await eventually("\(volunteer) is \(state): \(reason)") {
                    let own = try await Self.response(volunteer, client(volunteer))
                    return own.state == state && own.reason == reason
                }
                let own = try await Self.response(volunteer, client(volunteer))
                let (created, updated) = (try #require(own.created_at), try #require(own.updated_at))
                #expect(created <= updated)
                let funds = try await Self.response(volunteer, fund)
                let service = try await Self.response(volunteer, robot)
                #expect(funds.reason == reason && service.reason == reason)
                let list: API.Page<API.Response> = try await client(volunteer).get(
                    "/v1/volunteers/\(volunteer)/responses"
                ).decoded()
                #expect(list.items.map(\.reason) == [reason] && list.items.map(\.created_at) == [created])
            }
            _ = try await robot.create(1, spots: 1)
            for name in ["anna", "boris", "clara"] {
                _ = try await client(name).ended(client(name).respond(nil, 1))
            }
            try await expect("anna", "confirmed", "open_spot_taken")
            try await expect("boris", "waiting", "no_open_spot")
            let joined = try await Self.response("clara", fund)

            _ = try await client("anna").respond(nil, 1, "declined")
            try await expect("anna", "declined", "declined_by_volunteer")
            try await expect("boris", "waiting", "spot_offered")
            try await expect("clara", "waiting", "spot_offered")
            _ = try await client("boris").respond(nil, 1)
            try await expect("boris", "confirmed", "offer_accepted")
            try await expect("clara", "waiting", "not_chosen")
            _ = try await client("clara").respond(nil, 1)
            try await expect("clara", "waiting", "too_late")

            let reason = "Нужен водитель"
            for refused in [String(repeating: "я", count: 501), #"a\nb"#, #"\u202e"#] {
                let answer = try await fund.respond("boris", 1, "declined", reason: refused)
                try expectProblem(answer, 422, "validation", at: "/reason")
            }
            _ = try await fund.respond("boris", 1, "declined", reason: reason)
            try await expect("boris", "declined", "removed_by_organiser")
            for reader in [fund, robot, try client("boris")] {
                #expect(try await Self.response("boris", reader).comment == reason)
            }
            let responses: API.Page<API.Response> = try await fund.get("/v1/applications/1/responses").decoded()
            #expect(
                responses.items.map { $0.comment == ($0.volunteer_id.text == "boris" ? reason : nil) }
                    == [true, true, true])
            try await expect("clara", "waiting", "spot_offered")
            let offered = try await Self.response("clara", fund)
            #expect(offered.created_at == joined.created_at)

            let cancelled = try await fund.post("/v1/applications/1/cancellation", #"{"reason":"Обещают грозу"}"#)
            _ = try await fund.ended(cancelled)
            try await expect("clara", "waiting", "application_cancelled")
            try await expect("boris", "declined", "removed_by_organiser")
            for name in ["boris", "clara"] {
                let own = try await Self.response(name, client(name))
                #expect(own.application_status == "cancelled" && own.cancel_reason == "Обещают грозу")
                let seen: API.Application = try await client(name).get("/v1/applications/1").decoded()
                #expect(seen.status == "cancelled" && seen.cancel_reason == "Обещают грозу")
            }
            try expectProblem(try await client("dmitry").get("/v1/applications/1"), 404, "not_found")
            let seen: API.Application = try await fund.get("/v1/applications/1").decoded()
            let (created, updated) = (try #require(seen.created_at), try #require(seen.updated_at))
            #expect(created < updated)
            try await system.quiesce()
        }
    }

    @Test func `an offer that ends unanswered has lapsed, and an accept after it is too late`() async throws {
        try await TestSystem.run(offerWindow: "PT2S") { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            for volunteer in 1...2 { _ = try await http.ended(http.respond(ID(volunteer), 1)) }
            _ = try await http.respond(1, 1, "declined")
            try await eventually("the offer ends") { try await Self.response("2", http).reason == "offer_lapsed" }
            let lapsed = try await Self.response("2", http)
            #expect(lapsed.state == "waiting" && lapsed.offer_expires_at == nil)
            #expect(lapsed.updated_at == system.offers(1).first?.expiresAt?.description)
            try await eventually("the spot is open to all") {
                try await http.get("/v1/applications/1").decoded(as: API.Application.self).free_spots == 1
            }
            _ = try await http.ended(http.respond(3, 1))
            #expect(try await Self.response("3", http).reason == "open_spot_taken")
            _ = try await http.ended(http.respond(2, 1))
            #expect(try await Self.response("2", http).reason == "too_late")
            try await system.quiesce()
        }
    }

    @Test func `a volunteer reads an application that has started, and that waiting has ended`() async throws {
        try await TestSystem.run(settings: TestSystem.authentication) { system in
            let robot = try await system.client("service", "robot")
            let anna = try await system.client("volunteer", "anna")
            let boris = try await system.client("volunteer", "boris")
            _ = try await robot.create(1, spots: 1)
            for client in [anna, boris] { _ = try await client.ended(client.respond(nil, 1)) }
            let before = try await robot.get("/v1/applications/1")
            _ = try await robot.call("PATCH", "/v1/applications/1", #"{"application_date":"2020-01-01"}"#)
            let after = try await robot.get("/v1/applications/1")
            #expect(before.headers["etag"] != after.headers["etag"])
            let old: API.Application = try before.decoded()
            let new: API.Application = try after.decoded()
            #expect(old.created_at == new.created_at && old.updated_at == old.created_at)
            #expect(try #require(old.updated_at) < #require(new.updated_at))
            for (client, volunteer, reason) in [
                (anna, "anna", "open_spot_taken"), (boris, "boris", "application_started"),
            ] {
                let seen: API.Application = try await client.get("/v1/applications/1").decoded()
                #expect(seen.status == "started" && seen.cancel_reason == nil)
                #expect(try await Self.response(volunteer, client).reason == reason)
            }
            let tag = try #require(after.headers["etag"])
            #expect(try await robot.get("/v1/applications/1", ["If-None-Match": tag]).status == 304)
            try await system.quiesce()
        }
    }
}
