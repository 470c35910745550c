import Contracts
import Foundation
import NIOHTTP1
import TestSupport
import Testing

/// Visitors come to the page by a link that works once, and then have a session (contract section 8).
@Suite struct EntryTests {
    private struct Entry: Decodable {
        let url: String
        let expires_at: String

        var path: String { url.firstRange(of: "/enter/").map { String(url[$0.lowerBound...]) } ?? "" }
    }

    private func entry(_ client: APIClient, _ body: String) async throws -> Entry {
        let answer = try await client.post("/v1/entries", body)
        #expect(answer.status == 201 && answer.headers["cache-control"] == "no-store", "\(answer)")
        return try answer.decoded()
    }

    @Test func `a link signs its visitor in once, and leads to the page that was asked for`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            let robot = try await system.client("service", "robot")
            for (who, target, other) in [
                (#""volunteer_id":789"#, "/", "/calls"), (#""fund_id":"123""#, "/calls", "/mine"),
                (#""volunteer_id":"a b","return_to":"/mine?x=%2F""#, "/mine?x=%2F", "/calls"),
            ] {
                let entry = try await entry(robot, "{\(who)}")
                #expect(entry.url.hasPrefix("\(robot.base)/enter/"))
                var visitor = system.visitor
                // A program that looks at the link first, and a link that somebody has changed.
                let looked = try await visitor.call("HEAD", entry.path)
                #expect(looked.status == 303 && looked.session == nil)
                for forged in [entry.path + "A", "/enter/x", "/enter/%00", "/enter/a.b"] {
                    let refused = try await visitor.get(forged)
                    #expect(refused.status == 403 && refused.headers["Set-Cookie"] == [])
                }
                let entered = try await visitor.get(entry.path)
                #expect(entered.status == 303 && entered.location == target)
                #expect(entered.headers["Referrer-Policy"] == ["no-referrer"])
                #expect(entered.headers["Cache-Control"] == ["no-store"])
                let cookie = try #require(entered.headers["Set-Cookie"].first)
                #expect(cookie.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax"))
                // Once more, without and with the session that it has made.
                let again = try await visitor.get(entry.path)
                #expect(again.status == 403 && again.headers["Set-Cookie"] == [])
                visitor.cookie = entered.session
                let clicked = try await visitor.get(entry.path)
                #expect(clicked.status == 303 && clicked.location == target && clicked.session == nil)
                #expect(try await visitor.get(other).status == 404, "the other role's page looks like none")
            }
        }
    }

    @Test func `of many who follow a link at the same time, one comes in`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            let robot = try await system.client("service", "robot")
            for _ in 1...5 {
                let path = try await entry(robot, #"{"volunteer_id":789}"#).path
                let visitor = system.visitor
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 1...8 { group.addTask { try await visitor.get(path).status } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses.sorted() == [303] + Array(repeating: 403, count: 7))
            }
        }
    }

    @Test func `a link works once at all processes together, and a session at each`() async throws {
        let settings = TestSystem.page
        try await TwoProcesses.run(settings: settings) { processes in
            let token = try await processes.system.client("service", "robot").token
            let makers = processes.processes.map { TwoProcesses.client(of: $0, token: token) }
            let visitors = processes.processes.map { PageClient(base: "http://127.0.0.1:\($0.httpPort)") }
            // So many that each process remembers some of each kind.
            for number in 0..<24 {
                let path = try await entry(makers[number % 2], #"{"fund_id":123}"#).path
                let first = number / 2 % 2
                let entered = try await visitors[first].get(path)
                #expect(entered.status == 303)
                #expect(try await visitors[1 - first].get(path).status == 403)
                #expect(try await visitors[first].get(path).status == 403)
                var other = visitors[1 - first]
                other.cookie = entered.session
                #expect(try await other.get("/").location == "/calls")
            }
        }
    }

    @Test func `only the platform's back end makes links, and only to the page`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            let robot = try await system.client("service", "robot")
            let body = #"{"volunteer_id":789}"#
            for role in ["fund", "volunteer"] {
                try expectProblem(
                    try await system.client(role, 1).post("/v1/entries", body), 403, "forbidden")
            }
            try expectProblem(try await system.client().post("/v1/entries", body), 401, "unauthorized")
            for address in [
                "//example.org", #"/\\example.org"#, "https://example.org", "", "calls", "/é", #"/\u0009/x"#,
            ] {
                try expectProblem(
                    try await robot.post("/v1/entries", #"{"volunteer_id":789,"return_to":"\#(address)"}"#), 422,
                    "validation", at: "/return_to")
            }
            for (body, pointer) in [
                ("{}", "/volunteer_id"), (#"{"volunteer_id":1,"fund_id":2}"#, "/fund_id"),
                (#"{"volunteer_id":"a*"}"#, "/volunteer_id"), (#"{"fund_id":-1}"#, "/fund_id"),
            ] {
                try expectProblem(try await robot.post("/v1/entries", body), 422, "validation", at: pointer)
            }
            try expectProblem(try await robot.post("/v1/entries", "["), 400, "malformed")
            try expectProblem(try await robot.post("/v1/entries/use", ""), 404, "not_found")
        }
    }

    @Test func `the API never takes the cookie, and the page never a token`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            let visitor = try await system.visitor("volunteer", "789")
            for (method, path) in [
                ("GET", "/v1/applications"), ("GET", "/v1/volunteers/789/responses"), ("POST", "/v1/stream-tickets"),
                ("POST", "/v1/entries"), ("GET", "/v1/volunteers/789/notifications/stream"),
            ] {
                let answer = try await visitor.call(method, path, method == "POST" ? "{}" : nil, PageClient.ownSite)
                #expect(answer.status == 401, "\(path)")
            }
            let token = try #require(try await system.client("volunteer", 789).token)
            let answer = try await system.visitor.get("/mine", ["Authorization": "Bearer \(token)"])
            #expect(answer.status == 403)
        }
    }

    @Test func `leaving ends the session in the browser, on a page of our own`() async throws {
        let settings = TestSystem.page.merging(["LOGIN_URL": "https://platform.example/login?a=1"]) { $1 }
        try await TestSystem.run(settings: settings, services: [.application]) { system in
            var visitor = try await system.visitor("fund", "123")
            let left = try await visitor.post("/leave")
            #expect(left.status == 200)
            #expect(
                left.headers["Set-Cookie"] == ["__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"])
            #expect(left.headers["Content-Type"] == ["text/html; charset=utf-8"])
            // Afterwards a page leads to the platform, but what is no page does not.
            visitor.cookie = nil
            let away = try await visitor.get("/calls/7/people?state=waiting", ["Sec-Fetch-Mode": "navigate"])
            #expect(away.status == 303)
            #expect(
                away.location
                    == "https://platform.example/login?a=1&return_to=%2Fcalls%2F7%2Fpeople%3Fstate%3Dwaiting")
            #expect(try await visitor.get("/mine").status == 303)
            #expect(try await visitor.get("/mine", ["Sec-Fetch-Mode": "cors"]).status == 403)
            #expect(try await visitor.get("/live").status == 403)
            #expect(try await visitor.post("/settings", "language=en").status == 403)
        }
    }

    @Test func `the log has no code and no cookie, and says who came`() async throws {
        let settings = TestSystem.page.merging(["LOG_FORMAT": "json", "LOG_LEVEL": "debug"]) { $1 }
        try await TestSystem.run(settings: settings, services: [.application]) { system in
            let path = try await system.entryPath("--role", "volunteer", "--sub", "789", "--return-to", "/mine")
            let code = String(path.dropFirst("/enter/".count))
            var visitor = system.visitor
            let entered = try await visitor.get(path)
            visitor.cookie = entered.session
            let cookie = try #require(entered.session?.dropFirst("__Host-session=".count))
            for (method, path) in [
                ("GET", path), ("POST", path), ("GET", path + "/x"), ("GET", "/" + path), ("GET", "/%65nter/\(code)"),
                ("HEAD", path), ("GET", "/mine?code=\(code)"),
            ] {
                _ = try await visitor.call(method, path)
            }
            let log = system.application.log
            #expect(!log.contains(code) && !log.contains(code.prefix(40)) && !log.contains(cookie.prefix(40)))
            #expect(log.contains(#""path":"/enter/%E2%80%A6""#) && log.contains(#""sub":"789""#))
            #expect(log.contains(#""path":"/mine""#))
        }
    }

    @Test func `the entry subcommand needs the secret, and names the page's origin`() async throws {
        try await TestSystem.run(services: []) { system in
            func run(_ settings: [String: String]) async throws -> ServiceProcess.Output {
                try await system.application.run(
                    "entry", "--role", "fund", "--sub", "1", "--lifetime", "PT12H", settings: settings)
            }
            let without = try await run([:])
            #expect(without.exitCode == 64 && without.stderr.contains("PAGE_SECRET"))
            for (settings, origin) in [
                ["PUBLIC_URL": "https://a.example/"]: "https://a.example/enter/",
                ["HTTP_HOST": "0.0.0.0", "HTTP_PORT": "8090"]: "http://127.0.0.1:8090/enter/",
                ["HTTP_HOST": "::1", "HTTP_PORT": "8090"]: "http://[::1]:8090/enter/",
            ] {
                let output = try await run(settings.merging(TestSystem.pageSecret) { $1 })
                #expect(output.lines.first?.hasPrefix(origin) == true, "\(output)")
            }
            let wrong = try await system.application.run(
                "entry", "--role", "service", "--sub", "1", settings: TestSystem.pageSecret)
            #expect(wrong.exitCode == 64)
            let away = try await system.application.run(
                "entry", "--role", "fund", "--sub", "1", "--return-to", "//example.org",
                settings: TestSystem.pageSecret)
            #expect(away.exitCode == 64)
        }
    }
}
