import Contracts
import Foundation
import TestSupport
import Testing

/// Any process of ApplicationService answers any request (contract section 8, "Other processes").
@Suite struct OtherProcessTests {
    /// An id in each of the four partitions.
    static func ids(_ prefix: String) -> [ID] {
        (0..<4).map { number in
            (0...).lazy.map { ID.trusted("\(prefix)-\($0)") }.first { Partition.of($0, count: 4).number == number }
                ?? "none"
        }
    }

    @Test func `commands, reads and polls have the same answers at every process`() async throws {
        try await TwoProcesses.run { two in
            let (system, first, second) = (two.system, two.first, two.second)
            for (number, id) in Self.ids("app").enumerated() {
                // A create at one process, everything else at the other, and the other way round.
                let (here, there) = number.isMultiple(of: 2) ? (first, second) : (second, first)
                let created = try await here.create(id, spots: 1, key: "create \(id)")
                #expect(created.status == 202, "\(created.body)")
                #expect(try await there.ended(created).status == "succeeded")
                #expect(try await there.ended(there.respond(1, id)).result?.outcome == "confirmed")
                let waiting = try await here.ended(here.respond(2, id, key: "two"))
                #expect(waiting.result?.outcome == "waiting" && waiting.result?.position == 1)

                for path in [
                    "/v1/applications/\(id)", "/v1/applications/\(id)/responses", "/v1/applications/\(id)/responses/2",
                    "/v1/applications/\(id)/responses?order=position&limit=1", "/v1/operations/\(waiting.id)",
                ] {
                    let (one, other) = (try await here.get(path), try await there.get(path))
                    #expect(one.status == 200 && one.body == other.body, "\(path)")
                    #expect(one.headers["etag"] != nil && one.headers["etag"] == other.headers["etag"], "\(path)")
                    #expect(one.headers.keys == other.headers.keys, "\(path)")
                    let tag = one.headers["etag"] ?? ""
                    #expect(try await there.get(path, ["If-None-Match": tag]).status == 304, "\(path)")
                    #expect(try await there.call("HEAD", path).status == 200, "\(path)")
                }

                _ = try await there.ended(there.respond(2, id, "declined", reason: "Full"))
                for client in [here, there] {
                    let removed: API.Response = try await client.get("/v1/applications/\(id)/responses/2").decoded()
                    #expect(removed.reason == "removed_by_organiser" && removed.comment == "Full")
                }

                let tag = try await there.get("/v1/applications/\(id)").headers["etag"] ?? ""
                for client in [here, there] {
                    try expectProblem(
                        try await client.call(
                            "PATCH", "/v1/applications/\(id)", "{\"available_spots\":2}", ["If-Match": "\"old\""]),
                        412, "precondition_failed")
                }
                let updated = try await there.call(
                    "PATCH", "/v1/applications/\(id)", "{\"available_spots\":2}", ["If-Match": tag])
                #expect(updated.status == 202, "\(updated.body)")
                let cancelled = try await there.call("DELETE", "/v1/applications/\(id)")
                #expect(try await here.ended(cancelled).status == "succeeded")
                for client in [here, there] {
                    try expectProblem(try await client.respond(3, id), 409, "application_cancelled")
                    try expectProblem(
                        try await client.post("/v1/applications/\(id)/cancellation", "{\"reason\":\"x\"}"), 409,
                        "application_cancelled")
                }
            }
            try await system.quiesce()
        }
    }

    @Test func `errors of a forwarded request are those of its owner`() async throws {
        try await TwoProcesses.run { two in
            let (first, second) = (two.first, two.second)
            for id in Self.ids("bad") {
                for client in [first, second] {
                    try expectProblem(try await client.get("/v1/applications/\(id)"), 404, "not_found")
                    try expectProblem(try await client.respond(1, id), 404, "not_found")
                    try expectProblem(try await client.post("/v1/applications/\(id)/responses", ""), 400, "malformed")
                    try expectProblem(
                        try await client.post(
                            "/v1/applications/\(id)/responses", "{\"volunteer_id\":1,\"status\":\"maybe\"}"), 422,
                        "validation", at: "/status")
                    try expectProblem(
                        try await client.call(
                            "POST", "/v1/applications/\(id)/responses", "{}", ["Content-Type": "text/plain"]), 415,
                        "unsupported_media_type")
                    try expectProblem(
                        try await client.post("/v1/applications/\(id)/responses", "{}", key: "ключ"), 400, "malformed")
                    try expectProblem(try await client.get("/v1/applications/\(id)?a=b"), 400, "malformed")
                    let spaces = String(repeating: "\u{1}", count: 256 * 1024)
                    try expectProblem(
                        try await client.post("/v1/applications/\(id)/responses", spaces), 400, "malformed")
                }
            }
            for operation in ["p00", "p03", "p04"] {
                let path = "/v1/operations/\(operation)-\(String(repeating: "0", count: 32))"
                for client in [first, second] { try expectProblem(try await client.get(path), 404, "not_found") }
            }
        }
    }

    @Test func `an Idempotency-Key is known at every process`() async throws {
        try await TwoProcesses.run { two in
            let (system, first, second) = (two.system, two.first, two.second)
            for id in Self.ids("key") {
                let created = try await first.create(id, spots: 1, key: "create \"\(id)\" \\")
                let again = try await second.create(id, spots: 1, key: "create \"\(id)\" \\")
                #expect(again.body == created.body && again.headers["idempotent-replayed"] == "true")
                try expectProblem(
                    try await second.create(id, spots: 2, key: "create \"\(id)\" \\"), 422, "idempotency_mismatch")
                let response = try await second.respond(1, id, key: "respond")
                #expect(response.status == 202)
                #expect(try await first.respond(1, id, key: "respond").headers["idempotent-replayed"] == "true")
                try expectProblem(
                    try await first.respond(1, id, "declined", key: "respond"), 422, "idempotency_mismatch")
            }
            // The record is in the partition of the first id; a service that chooses another one is told.
            let ids = Self.ids("chosen")
            #expect(try await first.create(ids[0], spots: 1, key: "one").status == 202)
            for id in ids[1...] {
                for client in [first, second] {
                    try expectProblem(try await client.create(id, spots: 1, key: "one"), 422, "idempotency_mismatch")
                }
            }
            try await system.quiesce()
        }
    }

    @Test func `an assigned id is of an own partition, and with a key the same at every process`() async throws {
        try await TwoProcesses.run(settings: TestSystem.authentication) { two in
            let (system, first, second) = (two.system, two.first, two.second)
            let fund = try await system.client("fund", 123)
            let elsewhere = APIClient(base: second.base, token: fund.token)
            for _ in 0..<8 {
                for (client, own) in [(fund, 0...1), (elsewhere, 2...3)] {
                    let created = try await client.create(nil, spots: 1)
                    #expect(created.status == 202, "\(created.body)")
                    let id = try #require(created.decoded(as: API.Operation.self).result?.volunteer_application_id)
                    #expect(own.contains(Partition.of(.trusted(id.text), count: 4).number))
                }
            }
            for key in (1...8).map({ "key \($0)" }) {
                let created = try await fund.create(nil, spots: 1, key: key)
                let again = try await elsewhere.create(nil, spots: 1, key: key)
                #expect(created.status == 202 && again.body == created.body)
                #expect(again.headers["idempotent-replayed"] == "true")
                try expectProblem(
                    try await elsewhere.create(nil, spots: 3, key: key), 422, "idempotency_mismatch")
            }
            try expectProblem(try await elsewhere.create("chosen", spots: 1), 403, "forbidden")
            // What is not the caller's looks like what does not exist, at both.
            let rival = try await system.client("fund", 124)
            let page: API.Page<API.Application> = try await elsewhere.get("/v1/applications").decoded()
            #expect(page.items.count == 24)
            for application in page.items {
                for base in [fund.base, elsewhere.base] {
                    let client = APIClient(base: base, token: rival.token)
                    try expectProblem(
                        try await client.get("/v1/applications/\(application.volunteer_application_id.text)"), 404,
                        "not_found")
                }
            }
            #expect(first.base == fund.base)
        }
    }

    @Test func `lists are the same at every process, page by page`() async throws {
        try await TwoProcesses.run { two in
            let (system, first, second) = (two.system, two.first, two.second)
            let ids = (1...12).map { ID.trusted("list-\($0)") }
            for id in ids { #expect(try await first.create(id, spots: 1).status == 202) }
            for id in ids { _ = try await second.ended(second.respond("anna", id)) }
            for query in ["sort=created_at", "sort=-starts_at", "sort=created_at&status=open&q=%D0%A3%D0%B1%D0%BE"] {
                for limit in [1, 5, 50] {
                    let page: [API.Application] = try await Self.all(
                        [first, second], "/v1/applications?\(query)&limit=\(limit)", limit: limit)
                    #expect(Set(page.map(\.volunteer_application_id.text)) == Set(ids.map(\.string)))
                    #expect(page.count == ids.count)
                    if query == "sort=created_at" {
                        #expect(page.map(\.volunteer_application_id.text) == ids.map(\.string))
                    }
                }
            }
            for limit in [1, 3, 4, 12, 50] {
                let responses: [API.Response] = try await Self.all(
                    [second, first], "/v1/volunteers/anna/responses?limit=\(limit)", limit: limit)
                #expect(responses.count == ids.count)
                #expect(Set(responses.map(\.volunteer_application_id.text)) == Set(ids.map(\.string)))
            }
            try expectProblem(try await second.get("/v1/applications?cursor=abc"), 400, "malformed")
            try await system.quiesce()
        }
    }

    /// All items of a list, each page from the next client in turn: a cursor is understood at every process.
    private static func all<Item: Decodable & Sendable>(
        _ clients: [APIClient], _ path: String, limit: Int
    ) async throws -> [Item] {
        var items: [Item] = []
        var next: String? = path
        var turn = 0
        while let path = next {
            let answer = try await clients[turn % clients.count].get(path)
            #expect(answer.status == 200, "\(answer.body)")
            #expect(try await clients[(turn + 1) % clients.count].get(path).body == answer.body)
            let page: API.Page<Item> = try answer.decoded()
            #expect(page.items.count <= limit)
            items += page.items
            next = page.next
            turn += 1
            try #require(turn < 100, "the pages end")
        }
        return items
    }

    @Test func `Prefer wait is honoured by the owner, within the limits of both processes`() async throws {
        try await TwoProcesses.run(settings: TestSystem.authentication, services: []) { two in
            let system = two.system
            let robot = try await system.client("service", "robot")
            let id = Self.ids("wait")[3]
            #expect(try await robot.create(id, spots: 1).status == 202)
            #expect(try await robot.respond(1, id).status == 202)
            // WaitlistService does not run, so the operation stays pending until it does.
            let anna = try await system.client("volunteer", "anna")
            let pending = try await anna.respond(nil, id)
            #expect(pending.status == 202)
            let location = try #require(pending.headers["location"])
            async let waited = anna.get(location, ["Prefer": "wait=20"])
            try await eventually("both processes count the poll") {
                for process in two.processes {
                    guard try await process.metrics().sum("waitlist_http_waiting") == 1 else { return false }
                }
                return true
            }
            async let others = (0..<4).asyncMap { _ in try await anna.get(location, ["Prefer": "wait=20"]) }
            try await eventually("all the polls of one caller wait") {
                try await two.processes[0].metrics().sum("waitlist_http_waiting") == 5
            }
            let beyond = try await anna.get(location, ["Prefer": "wait=20"])
            #expect(beyond.status == 200 && beyond.headers["preference-applied"] == nil)
            try await system.waitlist.start()
            for answer in try await others + [waited] {
                #expect(answer.headers["preference-applied"] == "wait=20")
                #expect(try answer.decoded(as: API.Operation.self).result?.outcome == "waiting")
            }
            let command = try await anna.call(
                "POST", "/v1/applications/\(id)/responses", "{\"status\":\"declined\"}", ["Prefer": "wait=5"])
            #expect(command.status == 202 && command.headers["preference-applied"] == "wait=5")
        }
    }

    @Test func `a replay over the rate limit is answered at another process too`() async throws {
        let limited = TestSystem.authentication.merging(["RATE_LIMIT": "1"]) { $1 }
        try await TwoProcesses.run(settings: limited) { two in
            let system = two.system
            let robot = try await system.client("service", "robot")
            let anna = try await system.client("volunteer", "anna")
            let id = Self.ids("rate")[2]
            let created = try await robot.create(id, spots: 5, key: "create")
            #expect(created.status == 202)
            let response = try await anna.respond(nil, id, key: "respond")
            #expect(response.status == 202)
            try await eventually("the limit is exceeded, and replays are answered nevertheless") {
                for _ in 0..<2 {
                    #expect(try await robot.create(id, spots: 5, key: "create").body == created.body)
                    #expect(try await anna.respond(nil, id, key: "respond").body == response.body)
                }
                return try await anna.get("/v1/applications/\(id)").status == 429
            }
            try expectProblem(try await anna.respond(nil, id, "declined", key: "new"), 429, "too_many_requests")
        }
    }
}

extension Range where Bound == Int {
    /// Runs the closure for all numbers at the same time.
    fileprivate func asyncMap<Value: Sendable>(
        _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for number in self { group.addTask { try await body(number) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
