import HTTPTypes
import Hummingbird
import MetricsTestKit
import TestSupport
import Testing

@testable import Web

@Suite struct RequestMetricsTests {
    private let metrics = TestMetrics()

    private func middleware() -> RequestMetrics {
        RequestMetrics(factory: metrics) { method, path in
            path.map { "\(method.rawValue) \($0)" }
        }
    }

    @Test func `a response is counted under its route's name and its status`() async throws {
        let context = BasicRequestContext.test
        context.coreContext.endpointPath.value = "/{id}"
        let middleware = middleware()
        for _ in 0..<2 {
            _ = try await middleware.handle(request(.get, "/7"), context: context) { _, _ in
                Response(status: .accepted)
            }
        }
        let dimensions = [("route", "GET /{id}"), ("status", "202")]
        let counter = try metrics.expectCounter("waitlist_http_requests_total", dimensions)
        #expect(counter.totalValue == 2)
        let timer = try metrics.expectTimer("waitlist_http_request_seconds", [("route", "GET /{id}")])
        #expect(timer.values.count == 2)
    }

    @Test func `a request without a name is not counted`() async throws {
        _ = try await middleware().handle(request(), context: .test) { _, _ in Response(status: .ok) }
        #expect(throws: (any Error).self) { try metrics.expectCounter("waitlist_http_requests_total") }
    }
}
