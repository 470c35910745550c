import Contracts
import Foundation
import TestSupport
import Testing

/// Reading over HTTP: operations, applications, responses (contract section 8).
@Suite struct QueryTests {
    @Test func `a poll says when to retry, and an unchanged operation is not sent again`() async throws {
        try await TestSystem.run(services: [.application]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            _ = try await http.respond(1, 1)
            let location = try #require(try await http.respond(2, 1).headers["location"])
            let pending = try await http.get(location)
            #expect(pending.headers["retry-after"] == "1")
            let tag = try #require(pending.headers["etag"])
            let same = try await http.get(location, ["If-None-Match": tag])
            #expect(same.status == 304 && same.body.isEmpty && same.headers["etag"] == tag)
            #expect(same.headers["retry-after"] == "1")
            let waited = try await http.get(location, ["If-None-Match": tag, "Prefer": "wait=1"])
            #expect(waited.status == 304 && waited.headers["preference-applied"] == "wait=1")
            async let capped = http.get(location, ["Prefer": "wait=1000"])
            try await system.waitlist.start()
            let ended = try await capped
            #expect(ended.headers["preference-applied"] == "wait=20")
            #expect(ended.headers["retry-after"] == nil)
            #expect(ended.headers["etag"] != tag)
            #expect(try await http.get(location, ["If-None-Match": tag]).status == 200)
            #expect(try await http.call("HEAD", location).body.isEmpty)
            try await system.waitlist.waitUntilReady()
        }
    }

    @Test func `an operation is kept for 30 days, then 410 for 30 more`() async throws {
        try await TestSystem.run(services: []) { system in
            let clock = try await FakeClock(in: system.data, showing: .now())
            try await system.application.start(clock.settings)
            try await system.application.waitUntilReady()
            let http = try await system.client()
            let start = Timestamp.now()
            let created = try await http.create(1, spots: 1, startsIn: .seconds(90 * 86_400), key: "long ago")
            let location = try #require(created.headers["location"])
            try clock.set(to: start.advanced(by: .seconds(86_400 + 60)))
            let other = try await http.create(1, spots: 2, startsIn: .seconds(90 * 86_400), key: "long ago")
            #expect(other.status == 409, "a key expires after a day: this is a new command")
            try clock.set(to: start.advanced(by: .seconds(30 * 86_400 - 60)))
            #expect(try await http.get(location).status == 200)
            try clock.set(to: start.advanced(by: .seconds(30 * 86_400 + 60)))
            try expectProblem(try await http.get(location), 410, "operation_expired")
            try clock.set(to: start.advanced(by: .seconds(60 * 86_400 + 60)))
            try await eventually("it is deleted") { try await http.get(location).status == 404 }
        }
    }

    @Test func `pages under concurrent writes miss nothing and repeat nothing`() async throws {
        try await TestSystem.run(partitions: 3) { system in
            let http = try await system.client()
            for id in 1...40 { _ = try await http.create(ID(id), spots: 1) }
            var seen: [String] = []
            var next: String? = "/v1/applications?limit=7"
            var added = 100
            while let page = next {
                let answer: API.Page<API.Application> = try await http.get(page).decoded()
                #expect(answer.items.count <= 7)
                seen += answer.items.map(\.volunteer_application_id.text)
                next = answer.next
                _ = try await http.create(ID(added), spots: 1)
                _ = try await http.respond(1, ID(added % 40 + 1))
                added += 1
                try #require(added < 200, "the pages end")
            }
            #expect(Set(seen).count == seen.count)
            #expect(Set(seen).isSuperset(of: (1...40).map { String($0) }))
            #expect(
                try await http.get("/v1/applications?limit=200").decoded(
                    as: API.Page<API.Application>.self
                ).next == nil)
            try await system.quiesce()
        }
    }

    @Test func `applications are listed by status, with their free spots`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            for id in 1...4 { _ = try await http.create(ID(id), spots: 2) }
            _ = try await http.create(5, spots: 2, startsIn: .seconds(-60))
            _ = try await http.call("DELETE", "/v1/applications/4")
            for volunteer in 1...3 { _ = try await http.ended(http.respond(ID(volunteer), 1)) }
            for (status, ids) in [("open", ["1", "2", "3"]), ("cancelled", ["4"]), ("started", ["5"])] {
                let page: API.Page<API.Application> = try await http.get("/v1/applications?status=\(status)")
                    .decoded()
                #expect(page.items.map(\.volunteer_application_id.text) == ids)
                #expect(page.items.allSatisfy { $0.status == status })
            }
            let one: API.Application = try await http.get("/v1/applications/1").decoded()
            #expect((one.free_spots, one.confirmed, one.waiting) == (0, 2, 1))
            // A reserved spot is not free.
            _ = try await http.ended(http.respond(1, 1, "declined"))
            try await system.waitUntil("the third holds an offer") { system.offers(1).count == 1 }
            let reserved: API.Application = try await http.get("/v1/applications/1").decoded()
            #expect((reserved.free_spots, reserved.confirmed, reserved.waiting) == (0, 1, 1))
            let response: API.Response = try await http.get("/v1/applications/1/responses/3").decoded()
            #expect(response.state == "waiting" && response.position == 1)
            let until = try #require(system.offers(1).first?.expiresAt)
            #expect(response.offer_expires_at == until.description)
            try await system.quiesce()
        }
    }

    @Test func `responses have their current positions, and none while WaitlistService is down`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 2)
            for volunteer in 101...120 { _ = try await http.ended(http.respond(ID(volunteer), 1)) }
            _ = try await http.ended(http.respond(103, 1, "declined"))
            try await eventually("WaitlistService has removed the volunteer") {
                try await http.get("/v1/applications/1/responses/104").decoded(as: API.Response.self).position == 1
            }
            var all: [API.Response] = []
            var next: String? = "/v1/applications/1/responses?limit=6"
            while let page = next {
                let answer: API.Page<API.Response> = try await http.get(page).decoded()
                all += answer.items
                next = answer.next
            }
            #expect(all.map(\.volunteer_id.text) == (101...120).map { String($0) })
            #expect(
                all.map(\.state) == ["confirmed", "confirmed", "declined"] + Array(repeating: "waiting", count: 17))
            #expect(all.compactMap(\.position) == Array(1...17))
            await system.waitlist.kill()
            let alone: API.Response = try await http.get("/v1/applications/1/responses/104").decoded()
            #expect(alone.state == "waiting" && alone.position == nil && alone.position_status == "unavailable")
            try await system.waitlist.start()
            try await system.waitlist.waitUntilReady()
            try await system.quiesce()
        }
    }

    @Test func `the documents are public, and any id is read from its percent-encoding`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            for (path, name) in [("/openapi.json", "openapi"), ("/asyncapi.json", "asyncapi")] {
                let answer = try await http.get(path)
                #expect(answer.status == 200)
                #expect(answer.body.hasPrefix("{\"\(name)\":\"3."))
            }
            let id = ID.trusted("a/b c?é%")
            _ = try await http.create(id, spots: 1)
            let path = "/v1/applications/a%2Fb%20c%3F%C3%A9%25"
            let one: API.Application = try await http.get(path).decoded()
            #expect(one.volunteer_application_id.text == id.string)
            let answer = try await http.post("\(path)/responses", #"{"volunteer_id":"x/y","status":"accepted"}"#)
            #expect(answer.status == 202)
            #expect(try await http.get("\(path)/responses/x%2Fy").decoded(as: API.Response.self).state == "confirmed")
            #expect(try await http.get("/v1/applications/a/b").status == 404)
            try await system.quiesce()
        }
    }
}
