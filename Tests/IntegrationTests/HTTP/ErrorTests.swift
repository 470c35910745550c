import Contracts
import Foundation
import TestSupport
import Testing

/// Invalid requests get a problem document that says what is wrong, and never a server error (contract section 8).
@Suite struct ErrorTests {
    private static let good = """
        {"volunteer_application_id":1,"fund_id":2,"available_spots":3,"application_name":"n",\
        "application_description":"","application_date":"2030-12-09",\
        "application_starttime":"14:00:00","application_endtime":"18:00:00"}
        """

    private static func with(_ field: String, _ value: String) -> String {
        good.replacing(try! Regex("\"\(field)\":(\"[^\"]*\"|[0-9]+)"), with: "\"\(field)\":\(value)")
    }

    @Test func `an invalid body gets a problem that names the field`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            for (field, value) in [
                ("available_spots", "0"), ("available_spots", "100001"), ("available_spots", "1e99"),
                ("available_spots", "\"3\""), ("available_spots", "1.5"), ("application_name", "\"\""),
                ("application_name", "\"\(String(repeating: "ф", count: 201))\""), ("application_name", "7"),
                ("application_date", "\"2030-02-30\""), ("application_date", "\"9.12.2030\""),
                ("application_starttime", "\"24:00:00\""), ("application_endtime", "\"18:00\""),
                ("volunteer_application_id", "-1"), ("volunteer_application_id", "\"a*b\""),
                ("fund_id", "true"), ("fund_id", "\"\(String(repeating: "x", count: 129))\""),
                ("application_name", #""a\u0000b""#), ("application_name", #""a\nb""#), ("application_name", "\" \""),
                ("application_name", #""a\u202eb""#), ("application_description", #""a\rb""#),
                ("application_description", "\"a\u{7f}\""), ("fund_id", #"1,"fund_id":1"#),
                ("fund_id", #"1,"\u0066und_id":2"#),
                ("application_description", "\"\",\"time_zone\":\"Mars/Olympus\""),
            ] {
                let answer = try await http.post("/v1/applications", Self.with(field, value))
                let pointer = value.contains("time_zone") ? "/time_zone" : "/\(field)"
                try expectProblem(answer, 422, "validation", at: pointer)
            }
            for field in ["available_spots", "application_name", "application_date", "fund_id"] {
                try expectProblem(
                    try await http.post("/v1/applications", Self.with(field, "null")), 422, "validation",
                    at: "/\(field)")
            }
            for body in [
                "{", "[]", "7", "\"text\"", "null", "{\"a\":1,}", String(repeating: "[", count: 100_000),
                "{\"a\":\(String(repeating: "[", count: 100))\(String(repeating: "]", count: 100))}",
            ] {
                try expectProblem(try await http.post("/v1/applications", body), 400, "malformed")
            }
            try expectProblem(try await http.call("POST", "/v1/applications"), 400, "malformed")
            #expect(try await http.post("/v1/applications", Self.good).status == 202)
            try expectProblem(
                try await http.post("/v1/applications/1/responses", #"{"volunteer_id":1,"status":"perhaps"}"#),
                422, "validation", at: "/status")
            try expectProblem(
                try await http.post(
                    "/v1/applications/1/responses",
                    #"{"volunteer_id":1,"status":"accepted","volunteer_application_id":2}"#),
                422, "validation", at: "/volunteer_application_id")
            try expectProblem(
                try await http.post(
                    "/v1/applications/1/cancellation", "{\"reason\":\"\(String(repeating: "x", count: 501))\"}"),
                422, "validation", at: "/reason")
            try expectProblem(
                try await http.post("/v1/applications/1/cancellation", #"{"reason":"a\u0000b"}"#),
                422, "validation", at: "/reason")
            try expectProblem(
                try await http.post("/v1/applications/1/cancellation", #"{"callback":{"url":"https://example.org"}}"#),
                422, "unsupported_callback")
            try await system.quiesce()
        }
    }

    @Test func `an invalid request gets a problem with the reason`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            for query in [
                "limit=0", "limit=201", "limit=x", "limit=1&limit=2", "limit=%", "cursor=x", "cursor=%2F", "cursor=",
                "cursor=cDAwIHg", "status=full",
            ] {
                try expectProblem(try await http.get("/v1/applications?\(query)"), 400, "malformed")
            }
            for path in [
                "/v1/applications/%00", "/v1/applications/a%2Ab", "/v1/operations/nothing",
                "/v1/operations/p00-\(String(repeating: "0", count: 32))",
                "/v1/operations/p77-\(String(repeating: "0", count: 32))", "/v1/applications/99/responses",
                "/v1/applications/1/responses/99", "/v1", "/v1/", "/nothing", "/v2/applications",
            ] {
                try expectProblem(try await http.get(path), 404, "not_found")
            }
            // The client sends `/` instead of a path that is not UTF-8.
            let invalid = try RawClient.exchange(
                Array("GET /v1/applications/%FF HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8),
                with: .port(system.application.httpPort))
            #expect(String(decoding: invalid, as: UTF8.self).hasPrefix("HTTP/1.1 404 "))
            for (method, path, allow) in [
                ("PUT", "/v1/applications/1", "GET, PATCH, DELETE, HEAD"),
                ("DELETE", "/v1/applications", "POST, GET, HEAD"),
                ("OPTIONS", "/v1/operations/x", "GET, HEAD"), ("QUERY", "/v1/applications/1/cancellation", "POST"),
                ("POST", "/healthz", "GET, HEAD"),
            ] {
                let answer = try await http.call(method, path)
                try expectProblem(answer, 405, "method_not_allowed")
                #expect(answer.headers["allow"] == allow)
            }
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=koi8-r", "json"]
            {
                let answer = try await http.call("POST", "/v1/applications", Self.good, ["Content-Type": type])
                try expectProblem(answer, 415, "unsupported_media_type")
            }
            let coded = try await http.call(
                "POST", "/v1/applications", Self.good, ["Content-Encoding": "gzip", "Idempotency-Key": "coded"])
            try expectProblem(coded, 415, "unsupported_media_type")
            #expect(coded.headers["accept-encoding"] == "identity")
            for key in ["", "\"", "ключ", String(repeating: "k", count: 256)] {
                try expectProblem(try await http.create(2, spots: 1, key: key), 400, "malformed")
            }
            let large = "{\"application_name\":\"\(String(repeating: "x", count: 256 * 1024))\"}"
            try expectProblem(try await http.post("/v1/applications", large), 413, "content_too_large")
            #expect(try await http.get("/v1/applications/1").status == 200)
            try await system.quiesce()
        }
    }
}
