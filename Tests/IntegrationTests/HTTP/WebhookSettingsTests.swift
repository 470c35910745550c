import Contracts
import Foundation
import TestSupport
import Testing

@testable import ApplicationService

/// Callers' signing secrets and webhook endpoints at every process, and callbacks in commands (contract section 8).
@Suite struct WebhookSettingsTests {
    private static let settings = [
        "WEBHOOK_MASTER_KEY": "a key for tests of at least 32 bytes", "WEBHOOK_ALLOW_CIDRS": "192.0.2.0/24",
        "RATE_LIMIT": "0",
    ].merging(TestSystem.authentication) { $1 }
    private static let url = "https://192.0.2.7/hooks"

    private struct Secret: Decodable, Hashable {
        let secret: String
        let generation: Int
        let rotated_at: String?
        let previous_secret_until: String?
    }

    private struct Endpoint: Decodable, Hashable {
        let id: String
        let url: String
        let events: [String]?
    }

    private struct Endpoints: Decodable {
        let items: [Endpoint]
    }

    @Test func `every process shows and changes the same settings of a caller`() async throws {
        try await TwoProcesses.run(settings: Self.settings) { two in
            // Of both processes' partitions.
            for fund in 1...4 {
                let token = try #require(try await two.system.client("fund", .trusted("\(fund)")).token)
                let clients = two.processes.map { TwoProcesses.client(of: $0, token: token) }
                let (here, there) = (clients[fund % 2], clients[(fund + 1) % 2])
                try await Self.secrets(here, there)
                try await Self.endpoints(here, there)
            }
            let secrets = try await (1...4).asyncMap { fund in
                try await two.system.client("fund", .trusted("\(fund)")).get("/v1/signing-secret").body
            }
            #expect(Set(secrets).count == 4, "each caller has a secret of their own")
        }
    }

    private static func secrets(_ here: APIClient, _ there: APIClient) async throws {
        func secret(_ client: APIClient) async throws -> Secret {
            let answer = try await client.get("/v1/signing-secret")
            #expect(answer.status == 200 && answer.headers["cache-control"] == "no-store")
            return try answer.decoded(as: Secret.self)
        }
        let first = try await secret(here)
        #expect(first.generation == 0 && first.rotated_at == nil && first.secret.hasPrefix("whsec_"))
        #expect(try await secret(there) == first)
        let path = "/v1/signing-secret/rotate"
        let answer = try await there.call("POST", path, nil, ["Idempotency-Key": "r"])
        let rotated = try answer.decoded(as: Secret.self)
        #expect(answer.status == 200 && rotated.generation == 1 && rotated.secret != first.secret)
        #expect(rotated.previous_secret_until != nil)
        #expect(try await secret(here) == rotated)
        let again = try await here.call("POST", path, nil, ["Idempotency-Key": "r"])
        #expect(again.status == 200 && again.headers["idempotent-replayed"] == "true")
        #expect(try again.decoded(as: Secret.self) == rotated)
        let refused = try await here.call("POST", path)
        try expectProblem(refused, 409, "rotated_recently")
        #expect(Int(refused.headers["retry-after"] ?? "").map { $0 > 80_000 } == true)
    }

    private static func endpoints(_ here: APIClient, _ there: APIClient) async throws {
        let path = "/v1/webhook-endpoints"
        let body = #"{"url":"\#(url)","events":["operation.completed","operation.completed"],"more":1}"#
        let created = try await here.post(path, body, key: "e")
        #expect(created.status == 201, "\(created.body)")
        let endpoint = try created.decoded(as: Endpoint.self)
        #expect(endpoint.url == url && endpoint.events == ["operation.completed"])
        #expect(created.headers["location"] == "\(path)/\(endpoint.id)")
        let replayed = try await there.post(path, body, key: "e")
        #expect(replayed.status == 201 && replayed.body == created.body)
        #expect(replayed.headers["location"] == created.headers["location"])
        #expect(replayed.headers["idempotent-replayed"] == "true")
        try expectProblem(try await there.post(path, #"{"url":"\#(url)"}"#, key: "e"), 422, "idempotency_mismatch")
        #expect(try await there.get(path).decoded(as: Endpoints.self).items == [endpoint])
        for client in [here, there] {
            #expect(try await client.get("\(path)/\(endpoint.id)").decoded(as: Endpoint.self) == endpoint)
            #expect(try await client.call("POST", "\(path)/\(endpoint.id)/enable").status == 200)
        }
        for (body, pointer) in [
            ("{}", "/url"), (#"{"url":7}"#, "/url"), (#"{"url":"\#(url)","events":[]}"#, "/events"),
            (#"{"url":"\#(url)","events":["operation.completed","x"]}"#, "/events/1"),
            (#"{"url":"\#(url)","events":"operation.completed"}"#, "/events"),
        ] {
            try expectProblem(try await there.post(path, body), 422, "validation", at: pointer)
        }
        try expectProblem(
            try await here.post(path, #"{"url":"https://127.0.0.1/"}"#), 422, "callback_url_refused", at: "/url")
        #expect(try await there.call("DELETE", "\(path)/\(endpoint.id)").status == 204)
        for client in [here, there] {
            for method in ["GET", "DELETE"] {
                try expectProblem(try await client.call(method, "\(path)/\(endpoint.id)"), 404, "not_found")
            }
        }
    }

    @Test func `another caller's endpoint does not exist`() async throws {
        try await TestSystem.run(settings: Self.settings, services: [.application]) { system in
            let fund = try await system.client("fund", 1)
            let created = try await fund.post("/v1/webhook-endpoints", #"{"url":"\#(Self.url)"}"#)
            let path = try #require(created.headers["location"])
            for other in [
                try await system.client("fund", 2), try await system.client("volunteer", 1),
                try await system.client("service", 1),
            ] {
                for (method, path) in [("GET", path), ("DELETE", path), ("POST", path + "/enable")] {
                    try expectProblem(try await other.call(method, path), 404, "not_found")
                }
                #expect(try await other.get("/v1/webhook-endpoints").decoded(as: Endpoints.self).items == [])
            }
            #expect(try await fund.get(path).status == 200)
        }
    }

    @Test func `a command's callback is checked, shown, and the same in a replay`() async throws {
        try await TestSystem.run(settings: Self.settings, services: [.application]) { system in
            let service = try await system.client("service", "platform")
            _ = try await service.create(1, spots: 1)
            func respond(_ callback: String, key: String? = nil) async throws -> APIClient.Response {
                try await service.post(
                    "/v1/applications/1/responses", #"{"volunteer_id":5,"status":"accepted","callback":\#(callback)}"#,
                    key: key)
            }
            let accepted = try await respond(#"{"url":"\#(Self.url)?a=1","more":[1]}"#, key: "k")
            #expect(accepted.status == 202)
            #expect(accepted.body.hasSuffix(#","callback":{"url":"\#(Self.url)?a=1","state":"waiting"}}"#))
            let replay = try await respond(#"{"url":"\#(Self.url)?a=1","more":[1]}"#, key: "k")
            #expect(replay.body == accepted.body && replay.headers["idempotent-replayed"] == "true")
            #expect(try await respond("null").body.contains("callback") == false)
            for (callback, pointer) in [
                ("7", "/callback"), ("[]", "/callback"), ("\"\(Self.url)\"", "/callback"), ("{}", "/callback/url"),
                (#"{"url":null}"#, "/callback/url"), (#"{"url":[]}"#, "/callback/url"),
                (#"{"url":""}"#, "/callback/url"),
            ] {
                try expectProblem(try await respond(callback), 422, "validation", at: pointer)
            }
            for url in ["https://10.0.0.1/", "http://example.org/", "https://nothing.invalid/", "nothing"] {
                try expectProblem(
                    try await respond(#"{"url":"\#(url)"}"#), 422, "callback_url_refused", at: "/callback/url")
            }
        }
    }
}

extension Sequence where Self: Sendable {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
