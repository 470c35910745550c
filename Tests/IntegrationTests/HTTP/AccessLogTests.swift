import Contracts
import Foundation
import TestSupport
import Testing

/// Every response has an `X-Request-Id`, under which the log says what became of the request (contract section 8).
@Suite struct AccessLogTests {
    private static let large = String(repeating: " ", count: 300_000)

    /// The lines of the log, each as its metadata with the message.
    private func logged(by service: ServiceProcess) throws -> [[String: String]] {
        try service.log.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            var fields = value?["metadata"] as? [String: String] ?? [:]
            fields["message"] = value?["message"] as? String
            return fields
        }
    }

    @Test func `the log has one line for each request, with the id of its response`() async throws {
        let settings = TestSystem.authentication.merging(["LOG_FORMAT": "json"]) { $1 }
        try await TestSystem.run(settings: settings) { system in
            let fund = try await system.client("fund", 123)
            let anonymous = try await system.client()
            let forged = APIClient(base: fund.base, token: "not.a.token")
            var expected: [String: [String?]] = [:]
            for (id, client, method, path, body, status, route) in [
                ("a-1", fund, "GET", "/v1/applications?status=open", nil, 200, "/v1/applications"),
                ("a-2", fund, "GET", "/v1/applications/7", nil, 404, "/v1/applications/{id}"),
                ("a-3", fund, "PUT", "/v1/applications", nil, 405, nil), ("a-4", fund, "GET", "/x", nil, 404, nil),
                ("a-5", fund, "POST", "/v1/applications", "{", 400, "/v1/applications"),
                ("a-6", fund, "POST", "/v1/applications", Self.large, 413, "/v1/applications"),
                ("a-7", anonymous, "GET", "/v1/applications", nil, 401, "/v1/applications"),
                ("a-8", forged, "GET", "/v1/applications", nil, 401, "/v1/applications"),
            ] as [(String, APIClient, String, String, String?, Int, String?)] {
                let answer = try await client.call(method, path, body, ["X-Request-Id": id])
                #expect(answer.status == status && answer.headers["x-request-id"] == id)
                let sub = client.token == fund.token && route != nil ? "123" : nil
                expected[id] = [method, String(path.prefix { $0 != "?" }), "\(status)", route, sub]
            }
            let refused = try RawClient.exchange(
                Array("GET / HTTP/1.1\r\nX-Request-Id: a-9\r\n\r\n".utf8), with: .port(system.application.httpPort))
            #expect(String(decoding: refused, as: UTF8.self).contains("X-Request-Id: a-9\r\n"))

            let lines = try logged(by: system.application)
            let requests = lines.filter { $0["message"] == "Request" }
            for (id, fields) in expected {
                let own = requests.filter { $0["request_id"] == id }
                let keys = ["method", "path", "status", "route", "sub"]
                #expect(own.map { line in keys.map { line[$0] } } == [fields], "\(id)")
            }
            #expect(lines.filter { $0["request_id"] == "a-9" }.map { $0["status"] } == ["400"])
            #expect(lines.contains { $0["message"] == "Token refused" && $0["request_id"] == "a-8" })
            // Probes are below info, and nothing of a token is logged.
            #expect(!requests.contains { $0["path"] == "/readyz" })
            #expect(fund.token.map(system.application.log.contains) == false)
        }
    }

    @Test func `a request id is in no message`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            #expect(try await http.create(456, spots: 1).status == 202)
            let accepted = try await http.call(
                "POST", "/v1/applications/456/responses", #"{"volunteer_id":1,"status":"accepted"}"#,
                ["X-Request-Id": "only-in-the-log"])
            #expect(accepted.headers["x-request-id"] == "only-in-the-log")
            #expect(!accepted.body.contains("only-in-the-log"))
            try await system.quiesce()
            #expect(system.recorder.recorded.count > 0)
            for message in system.recorder.recorded {
                #expect(!message.text.contains("only-in-the-log"))
                #expect(!"\(message.properties)".contains("only-in-the-log"))
            }
        }
    }

    @Test func `the start of the log says who may call, and how much`() async throws {
        let settings = ["LOG_FORMAT": "json", "RATE_LIMIT": "0", "AUTH_ISSUER": "https://issuer.example"]
        try await TestSystem.run(
            settings: settings.merging(TestSystem.authentication) { $1 }, services: [.application]
        ) { system in
            let lines = try logged(by: system.application)
            let api = lines.filter { $0["authentication"] != nil }
            #expect(
                api == [
                    [
                        "message": "The API's callers are authenticated and limited", "authentication": "HS256",
                        "issuer": "https://issuer.example", "audience": "any", "rate_limit": "unlimited",
                        "changes_per_hour": "3", "body_bytes": "262144", "body_bytes_in_flight": "33554432",
                    ]
                ])
            #expect(lines.filter { $0["descriptors"] != nil && $0["connections"] != nil }.count == 1)
            let port = system.application.httpPort
            #expect(lines.contains { $0["address"] == "127.0.0.1:\(port)" && $0["settings"] == "HTTP_HOST, HTTP_PORT" })
        }
    }
}
