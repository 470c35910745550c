import HTTPTypes
import Hummingbird
import TestSupport
import Testing

@testable import Web

@Suite struct ProblemMiddlewareTests {
    private struct Known: Error {}
    private struct Unknown: Error {}

    private let middleware = ProblemMiddleware<TestContext>(
        allowedMethods: { $0 == "/known" ? [.get, .head] : [] },
        mapError: { $0 is Known ? .unavailable("Known.", retryAfter: .seconds(5)) : nil }, logger: .quiet)

    private func response(to error: any Error, path: String = "/") async throws -> Response {
        try await middleware.handle(request(.put, path), context: TestContext()) { _, _ in throw error }
    }

    @Test func `errors are answered with problem documents`() async throws {
        for (error, status) in [
            (Problem(.validation, "No."), 422), (Known(), 503), (Unknown(), 500), (CancellationError(), 503),
            (HTTPError(.contentTooLarge), 413), (HTTPError(.badRequest), 400), (HTTPError(.serviceUnavailable), 503),
        ] as [(any Error, Int)] {
            let response = try await response(to: error)
            #expect(response.status.code == status, "\(error)")
            #expect(response.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func `a request without a route is 404, or 405 with the path's methods`() async throws {
        let unknown = try await response(to: HTTPError(.notFound))
        #expect(unknown.status == .notFound)
        let known = try await response(to: HTTPError(.notFound), path: "/known")
        #expect(known.status == .methodNotAllowed)
        #expect(known.headers[.allow] == "GET, HEAD")
    }

    @Test func `a response passes unchanged`() async throws {
        let response = try await middleware.handle(request(), context: TestContext()) { _, _ in
            Response(status: .accepted, headers: [.location: "/"])
        }
        #expect(response.status == .accepted && response.headers[.location] == "/")
    }
}
