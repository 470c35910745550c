import Contracts
import Foundation
import TestSupport
import Testing

/// Searching, sorting and paging (contract section 8, "Lists").
@Suite struct ListTests {
    /// The ids of all pages.
    private static func applications(_ client: APIClient, _ query: String) async throws -> [String] {
        var found: [String] = []
        var next: String? = "/v1/applications?" + query
        while let path = next {
            #expect(path.allSatisfy(\.isASCII) || path.hasSuffix(query))
            let page: API.Page<API.Application> = try await client.get(path).decoded()
            found += page.items.map(\.volunteer_application_id.text)
            next = page.next
            try #require(found.count < 100, "the pages end")
        }
        return found
    }

    @Test func `applications are searched and sorted over all partitions, for each role`() async throws {
        try await TestSystem.run(partitions: 3, settings: TestSystem.authentication) { system in
            let robot = try await system.client("service", "robot")
            let fund = try await system.client("fund", 123)
            let anna = try await system.client("volunteer", "anna")
            let rows: [(id: ID, fund: ID, days: Int, name: String)] = [
                (1, 123, 30, "Горячий Чай"), (2, 124, 10, "Чайная"), (3, 123, 20, "Уборка парка"),
                (4, 123, 20, "горячий ЧАЙ"), (5, 124, 20, "Кофе"),
            ]
            for row in rows {
                _ = try await robot.create(
                    row.id, spots: 1, fund: row.fund, startsIn: .seconds(row.days * 86_400), name: row.name)
            }
            _ = try await robot.call("DELETE", "/v1/applications/2")

            let tea = "q=%D1%87%D0%B0%D0%B9"
            #expect(try await Self.applications(robot, tea) == ["1", "2", "4"])
            #expect(try await Self.applications(fund, tea) == ["1", "4"])
            #expect(
                try await Self.applications(anna, tea + "&limit=1") == ["1", "4"], "a volunteer sees the open ones")
            #expect(try await Self.applications(robot, tea + "&status=cancelled") == ["2"])
            #expect(try await Self.applications(robot, "q=hot+tea") == [])

            let byStart = try await Self.applications(robot, "sort=starts_at")
            #expect(byStart.first == "2" && byStart.last == "1" && Set(byStart) == ["1", "2", "3", "4", "5"])
            for limit in 1...3 {
                #expect(try await Self.applications(robot, "sort=starts_at&limit=\(limit)") == byStart)
                #expect(try await Self.applications(robot, "sort=-starts_at&limit=\(limit)") == byStart.reversed())
                #expect(
                    try await Self.applications(robot, "sort=created_at&limit=\(limit)") == ["1", "2", "3", "4", "5"])
                #expect(
                    try await Self.applications(robot, "sort=-created_at&limit=\(limit)") == ["5", "4", "3", "2", "1"])
                #expect(
                    try await Self.applications(anna, "sort=-created_at&limit=\(limit)") == ["5", "4", "3", "1"])
                #expect(try await Self.applications(fund, "sort=-created_at&limit=\(limit)") == ["4", "3", "1"])
            }
            try await system.quiesce()
        }
    }

    @Test func `a cursor works only for its own path, filter and order; wrong values are refused`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            for id in 1...3 { _ = try await http.create(ID(id), spots: 1) }
            for volunteer in 1...3 { _ = try await http.ended(http.respond(ID(volunteer), 1)) }
            func cursor(_ path: String) async throws -> String {
                let page: API.Page<API.Application> = try await http.get(path).decoded()
                return try #require(page.next?.split(separator: "cursor=").last.map(String.init))
            }
            let own = try await cursor("/v1/applications?sort=starts_at&limit=1")
            #expect(try await http.get("/v1/applications?cursor=\(own)&sort=starts_at&limit=2").status == 200)
            for other in ["", "&sort=-starts_at", "&sort=starts_at&status=open", "&sort=starts_at&q=a"] {
                try expectProblem(try await http.get("/v1/applications?cursor=\(own)\(other)"), 400, "malformed")
            }
            let page: API.Page<API.Response> = try await http.get("/v1/applications/1/responses?limit=1").decoded()
            let responses = try #require(page.next?.split(separator: "cursor=").last.map(String.init))
            for path in [
                "/v1/applications/2/responses?cursor=\(responses)",
                "/v1/applications/1/responses?order=position&cursor=\(responses)",
                "/v1/applications/1/responses?state=waiting&cursor=\(responses)",
                "/v1/volunteers/1/responses?cursor=\(responses)", "/v1/applications?cursor=\(responses)",
                "/v1/applications?sort=name", "/v1/applications?sort=",
                "/v1/applications?sort=starts_at&sort=created_at",
                "/v1/applications?q=", "/v1/applications?q=%20",
                "/v1/applications?q=\(String(repeating: "a", count: 101))",
                "/v1/applications?q=%FF", "/v1/applications/1/responses?order=id",
                "/v1/applications/1/responses?order=", "/v1/volunteers/1/responses?order=position",
            ] {
                try expectProblem(try await http.get(path), 400, "malformed")
            }
            try await system.quiesce()
        }
    }

    @Test func `responses come in the order of the waiting list, page by page`() async throws {
        try await TestSystem.run(settings: TestSystem.authentication) { system in
            let robot = try await system.client("service", "robot")
            let fund = try await system.client("fund", 123)
            _ = try await robot.create(1, spots: 1)
            for name in ["m", "z", "b", "y", "a", "x"] {
                _ = try await robot.ended(robot.respond(.trusted(name), 1))
            }
            func list(_ client: APIClient, _ query: String, limit: Int = 2) async throws -> [API.Response] {
                var found: [API.Response] = []
                var next: String? = "/v1/applications/1/responses?\(query)&limit=\(limit)"
                while let path = next {
                    let page: API.Page<API.Response> = try await client.get(path).decoded()
                    #expect(page.items.count <= limit)
                    found += page.items
                    next = page.next
                    try #require(found.count < 100, "the pages end")
                }
                return found
            }
            for limit in 1...4 {
                let all = try await list(fund, "order=position", limit: limit)
                #expect(all.map(\.volunteer_id.text) == ["z", "b", "y", "a", "x", "m"])
                #expect(all.map(\.position) == [1, 2, 3, 4, 5, nil])
            }
            #expect(try await list(fund, "order=position&state=confirmed").map(\.volunteer_id.text) == ["m"])
            #expect(try await list(fund, "state=waiting").map(\.volunteer_id.text) == ["a", "b", "x", "y", "z"])

            // Who leaves and returns is behind all others.
            _ = try await robot.ended(robot.respond("b", 1, "declined"))
            _ = try await robot.ended(robot.respond("b", 1))
            let waiting = try await list(fund, "order=position&state=waiting")
            #expect(waiting.map(\.volunteer_id.text) == ["z", "y", "a", "x", "b"])
            #expect(waiting.map(\.position) == [1, 2, 3, 4, 5])

            let own = try await system.client("volunteer", "y")
            #expect(try await list(own, "order=position").map(\.volunteer_id.text) == ["y"])
            let rival = try await system.client("fund", 124)
            try expectProblem(
                try await rival.get("/v1/applications/1/responses?order=position"), 404, "not_found")
            try await system.quiesce()
        }
    }
}
