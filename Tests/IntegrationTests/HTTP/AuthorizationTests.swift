import Contracts
import Foundation
import TestSupport
import Testing

/// Access rules (contract section 8): funds manage their own applications, volunteers respond for themselves, and other
/// resources look as if they did not exist.
@Suite struct AuthorizationTests {
    // Contract section 5 rule 4.
    @Test func `volunteers whom the fund or a service removes are told so, those who decline themselves are not`()
        async throws
    {
        try await TestSystem.run(
            settings: TestSystem.authentication, services: [.application, .waitlist, .notifier]
        ) { system in
            let fund = try await system.client("fund", 123)
            let robot = try await system.client("service", "robot")
            _ = try await robot.create(1, spots: 3)
            for volunteer in ["anna", "boris", "clara"] as [ID] {
                let client = try await system.client("volunteer", volunteer)
                _ = try await client.ended(client.respond(nil, 1))
            }
            let clara = try await system.client("volunteer", "clara")
            _ = try await fund.ended(fund.respond("anna", 1, "declined", reason: "Нужен водитель"))
            _ = try await robot.ended(robot.respond("boris", 1, "declined"))
            _ = try await clara.ended(clara.respond(nil, 1, "declined", reason: "Заболела"))
            try await system.quiesce()
            let told = system.statusRecords(.refused, about: 1)
            #expect(Set(told.map(\.userID)) == ["anna", "boris"])
            #expect(told.allSatisfy { $0.reason == "removed_by_organiser" })
            #expect(
                told.map { $0.userID == "anna" ? $0.comment == "Нужен водитель" : $0.comment == nil } == [true, true])
            #expect(system.kinds(to: "anna") == [.confirmed, .refused] && system.kinds(to: "clara") == [.confirmed])
            for (volunteer, isExplained) in [("anna", true), ("boris", false)] as [(ID, Bool)] {
                let text = try #require(system.notifications(to: volunteer).last).message
                #expect(text.hasPrefix("Организатор снял ваш отклик: «Уборка», "))
                #expect(text.hasSuffix(" Причина: Нужен водитель") == isExplained, "\(text)")
            }
        }
    }

    @Test func `callers see and change only their own resources; others look nonexistent`() async throws {
        try await TestSystem.run(settings: TestSystem.authentication) { system in
            let fund = try await system.client("fund", 123)
            let rival = try await system.client("fund", 124)
            let anna = try await system.client("volunteer", "anna")
            let boris = try await system.client("volunteer", "boris")
            let robot = try await system.client("service", "robot")

            // Only `service` chooses ids: another caller could take one, or find out which exist.
            #expect(try await robot.create(1, spots: 1, fund: 123).status == 202)
            #expect(try await robot.create(9, spots: 1, fund: 124).status == 202)
            for id in [1, 2] as [ID] {
                try expectProblem(try await rival.create(id, spots: 1, fund: 124), 403, "forbidden")
            }
            try expectProblem(try await fund.create(nil, spots: 1, fund: 124), 403, "forbidden")
            try expectProblem(try await anna.create(nil, spots: 1), 403, "forbidden")

            for (method, path, body) in [
                ("GET", "/v1/applications/1", nil), ("PATCH", "/v1/applications/1", "{}"),
                ("DELETE", "/v1/applications/1", nil), ("GET", "/v1/applications/1/responses", nil),
                ("GET", "/v1/applications/1/responses/anna", nil),
                ("POST", "/v1/applications/1/responses", #"{"volunteer_id":"anna","status":"accepted"}"#),
            ] as [(String, String, String?)] {
                let foreign = try await rival.call(method, path, body)
                let unknown = try await rival.call(method, path.replacing("/1", with: "/777"), body)
                #expect(foreign.status == 404, "\(method) \(path)")
                #expect(foreign.body == unknown.body, "another fund's resource looks nonexistent")
            }

            let accepted = try await anna.respond(nil, 1)
            #expect(try await anna.ended(accepted).result == .init(outcome: "confirmed"))
            try expectProblem(try await boris.respond("anna", 1, "declined"), 403, "forbidden")
            #expect(try await boris.ended(boris.respond("boris", 1)).result?.outcome == "waiting")
            try expectProblem(try await fund.respond(nil, 1), 422, "validation", at: "/volunteer_id")

            let location = try #require(accepted.headers["location"])
            for other in [boris, fund, rival] { try expectProblem(try await other.get(location), 404, "not_found") }
            #expect(try await robot.get(location).status == 200)

            let own: API.Page<API.Response> = try await anna.get("/v1/applications/1/responses").decoded()
            #expect(own.items.map(\.volunteer_id.text) == ["anna"])
            try expectProblem(try await anna.get("/v1/applications/1/responses/boris"), 404, "not_found")
            let both: API.Page<API.Response> = try await fund.get("/v1/applications/1/responses").decoded()
            #expect(both.items.count == 2)
            func listed(by client: APIClient) async throws -> [String] {
                try await client.get("/v1/applications").decoded(as: API.Page<API.Application>.self).items
                    .map(\.volunteer_application_id.text)
            }
            #expect(try await listed(by: fund) == ["1"])
            #expect(try await listed(by: rival) == ["9"])
            #expect(try await listed(by: anna) == ["1", "9"])
            #expect(try await listed(by: robot) == ["1", "9"])

            #expect(try await fund.call("DELETE", "/v1/applications/1").status == 202)
            #expect(
                try await boris.get("/v1/applications/1").decoded(as: API.Application.self).status == "cancelled",
                "whoever has responded may still read the application")
            let vera = try await system.client("volunteer", "vera")
            try expectProblem(try await vera.get("/v1/applications/1"), 404, "not_found")
            #expect(
                try await anna.get("/v1/applications/1/responses/anna").status == 200,
                "their own response stays visible")
            #expect(try await listed(by: anna) == ["9"])
            #expect(
                try await anna.get("/v1/applications?status=cancelled").decoded(
                    as: API.Page<API.Application>.self
                ).items.isEmpty)
            // Idempotency keys are scoped to the caller.
            let mine: API.Operation = try await fund.create(nil, spots: 1, fund: nil, key: "mine").decoded()
            let assigned = try #require(mine.result?.volunteer_application_id?.text)
            #expect(try await fund.get("/v1/applications/\(assigned)").status == 200, "fund_id defaults to the caller")
            #expect(try await rival.create(nil, spots: 1, fund: nil, key: "mine").headers["idempotent-replayed"] == nil)
            try await system.quiesce()
        }
    }

    @Test func `without a valid token only health checks and documents are served`() async throws {
        let settings = TestSystem.authentication.merging(["AUTH_AUDIENCE": "here"]) { $1 }
        try await TestSystem.run(settings: settings) { system in
            let anonymous = try await system.client()
            let answer = try await anonymous.get("/v1/applications")
            try expectProblem(answer, 401, "unauthorized")
            #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            let good = try #require(try await system.client("service", "robot").token)
            let parts = good.split(separator: ".").map(String.init)
            let none = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString().replacing("=", with: "")
            for token in ["", "x", "a.b.c", "\(parts[0]).\(parts[1]).", "\(none).\(parts[1]).", good + "A"] {
                try expectProblem(
                    try await APIClient(base: anonymous.base, token: token).get("/v1/applications"), 401, "unauthorized"
                )
            }
            // Signed with the right secret, but for another audience; the log says why it is refused, without it.
            let foreign = try await system.application.run(
                "token", "--role", "fund", "--sub", "1", settings: ["AUTH_AUDIENCE": "elsewhere"])
            let token = try #require(foreign.lines.first)
            try expectProblem(
                try await APIClient(base: anonymous.base, token: token).get("/v1/applications"), 401, "unauthorized")
            #expect(system.application.log.contains("for another audience"))
            #expect(!system.application.log.contains(token))
            for path in ["/openapi.json", "/asyncapi.json", "/healthz", "/readyz"] {
                #expect(try await anonymous.get(path).status == 200, "\(path)")
            }
            try expectProblem(try await anonymous.get("/metrics"), 404, "not_found")
            let named = try await anonymous.get("/openapi.json", ["Host": "api.example.org"])
            #expect(named.status == 200, "with authentication any Host is accepted")
        }
    }

    @Test func `without authentication only loopback requests are accepted`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1"] {
                try expectProblem(try await http.get("/v1/applications", ["Host": host]), 421, "misdirected_request")
            }
            for host in ["localhost", "127.0.0.1", "localhost:8080", "[::1]:8080"] {
                #expect(try await http.get("/v1/applications", ["Host": host]).status == 200, "\(host)")
            }
            for (name, value) in [
                ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("X-Forwarded-For", "10.0.0.1"),
            ] {
                let answer = try await http.call("POST", "/v1/applications/1/cancellation", nil, [name: value])
                try expectProblem(answer, 421, "misdirected_request")
            }
            #expect(system.application.log.contains("Everybody on this machine is `service`"))
            #expect(try await http.get("/healthz", ["Host": "probe.example"]).status == 200)
            try expectProblem(try await http.respond(nil, 1), 422, "validation", at: "/volunteer_id")
        }
    }

    @Test(arguments: [
        (["HTTP_HOST": "0.0.0.0"], "HTTP_HOST"), (["HTTP_HOST": "::"], "HTTP_HOST"),
        (["AUTH_SECRET": "short"], "AUTH_SECRET"), (["RATE_LIMIT": "-1"], "RATE_LIMIT"),
        (["AUTH_JWKS": "/nowhere/keys.json"], "AUTH_JWKS"), (["AUTH_JWKS": "http://a.example/keys"], "AUTH_JWKS"),
        (["AUTH_SECRET_FILE": "/nowhere/secret"], "AUTH_SECRET_FILE"),
        (["AUTH_SECRET": String(repeating: "s", count: 40), "AUTH_JWKS": "/nowhere/keys.json"], "AUTH_SECRET"),
    ])
    func `settings that would expose the API without authentication are refused`(
        _ settings: [String: String], _ name: String
    ) async throws {
        try await TestSystem.run(services: []) { system in
            let answer = try await system.application.run("serve", settings: settings)
            #expect(answer.exitCode == 64)
            #expect(answer.stderr.contains(name))
            #expect(answer.stderr.split(separator: "\n").count == 1)
        }
    }

    @Test(arguments: [
        ["token"], ["token", "--role", "king", "--sub", "1"], ["token", "--role", "fund"],
        ["token", "--role", "fund", "--sub", "a*b"], ["token", "--role", "fund", "--sub", "1", "--lifetime", "P"],
        ["token", "--role", "fund", "--sub", "1", "--lifetime", "PT0S"], ["serve", "--role", "fund"],
        ["streams", "--sub", "1"], ["token", "--json", "--role", "fund", "--sub", "1"],
    ])
    func `wrong arguments of token give one line and exit 64`(_ words: [String]) async throws {
        try await TestSystem.run(services: []) { system in
            let answer = try await system.application.run(words, settings: TestSystem.authentication)
            #expect(answer.exitCode == 64)
            #expect(answer.lines.isEmpty)
            #expect(answer.stderr.split(separator: "\n").count == 1)
        }
    }

    @Test func `token needs AUTH_SECRET`() async throws {
        try await TestSystem.run(services: []) { system in
            let answer = try await system.application.run("token", "--role", "fund", "--sub", "1")
            #expect(answer.exitCode == 64)
            #expect(answer.stderr.contains("AUTH_SECRET"))
        }
    }
}
