import HTTPTypes
import Hummingbird
import Testing

@testable import Web

/// Pages of other origins (contract section 8).
@Suite struct CrossOriginTests {
    private let page = "https://platform.example"
    private let middleware: CrossOriginMiddleware<TestContext>

    init() throws {
        let origins = try #require(AllowedOrigins(parsing: "https://platform.example, http://localhost:3000"))
        middleware = CrossOriginMiddleware(origins) { path in
            path == "/v1/a" ? [.get, .post, .head] : []
        }
    }

    private func response(
        _ method: HTTPRequest.Method, _ headers: HTTPFields, at path: String = "/v1/a",
        with status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        try await middleware.handle(request(method, path, authority: "localhost:8080", headers), context: TestContext())
        { _, _ in
            Response(status: status, headers: [.vary: "Authorization"])
        }
    }

    @Test(arguments: [
        "https://a.example", "http://a.example:8080", "http://127.0.0.1:3000", "https://a.example,http://b.example",
    ])
    func `origins are accepted as browsers send them`(_ text: String) throws {
        let origins = try #require(AllowedOrigins(parsing: text))
        for origin in text.split(separator: ",") {
            #expect(origins.origin(in: [.origin: String(origin)]) == String(origin))
        }
        #expect(origins.origin(in: [.origin: "null"]) == nil)
    }

    @Test(arguments: [
        "", "*", "https://*.example", "a.example", "https://a.example/", "https://a.example:443", "http://a.example:80",
        "https://A.example", "https://u@a.example", "https://a.example?b", "ftp://a.example", "https://", "null",
        "https://a.example,", "https://a.example b",
    ])
    func `anything else is no origin`(_ text: String) {
        #expect(AllowedOrigins(parsing: text) == nil, "\(text)")
    }

    @Test(arguments: [HTTPResponse.Status.ok, .unauthorized, .notFound, .tooManyRequests])
    func `an answer to a page can be read, whatever its status, and without credentials`(
        _ status: HTTPResponse.Status
    ) async throws {
        let fields = try await response(.get, [.origin: page], with: status).headers
        #expect(fields[.accessControlAllowOrigin] == page)
        let exposed = try #require(fields[.accessControlExposeHeaders]).split(separator: ", ").map(String.init)
        #expect(exposed == ["Location", "Retry-After", "ETag", "Idempotent-Replayed", "X-Request-Id"])
        #expect(fields[.vary] == "Authorization, Origin" && fields[.accessControlAllowCredentials] == nil)
    }

    @Test(arguments: [nil, "https://evil.example", "https://platform.example.evil.example", "null"])
    func `another origin gets no fields`(_ origin: String?) async throws {
        for method in [HTTPRequest.Method.get, .options] {
            var headers: HTTPFields = origin.map { [.origin: $0] } ?? [:]
            headers[.accessControlRequestMethod] = "POST"
            let answer = try await response(method, headers)
            #expect(answer.status == .ok && answer.headers[.vary] == "Authorization, Origin")
            #expect(!answer.headers.contains { $0.name.canonicalName.hasPrefix("access-control") })
        }
    }

    @Test func `a preflight is answered with what the path allows`() async throws {
        let asks: HTTPFields = [.origin: page, .accessControlRequestMethod: "POST"]
        let answer = try await response(.options, asks)
        #expect(answer.status == .noContent && answer.headers[.accessControlAllowOrigin] == page)
        #expect(answer.headers[.accessControlAllowMethods] == "GET, POST, HEAD")
        let allowed = try #require(answer.headers[.accessControlAllowHeaders])
        for name in ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID", "Prefer"] {
            #expect(allowed.contains(name), "\(name)")
        }
        // An unknown path, and OPTIONS that is no preflight, are answered by the routes.
        #expect(try await response(.options, asks, at: "/v1/b").status == .ok)
        #expect(try await response(.options, [.origin: page]).status == .ok)
    }

    @Test func `without authentication a listed page is not a foreign one`() throws {
        let origins = try #require(AllowedOrigins(parsing: page))
        let foreign: HTTPFields = [.origin: "https://evil.example"]
        let listed: HTTPFields = [.origin: page, .secFetchSite: "cross-site"]
        func check(_ fields: HTTPFields, _ origins: AllowedOrigins, at host: String = "localhost:8080") throws {
            try LoopbackRule.check(request(authority: host, fields), origins: origins)
        }
        try check(listed, origins)
        #expect(throws: Problem.self) { try check(listed, .none) }
        #expect(throws: Problem.self) { try check(foreign, origins) }
        // It still has to name this machine.
        #expect(throws: Problem.self) { try check(listed, origins, at: "rebound.example") }
    }
}
