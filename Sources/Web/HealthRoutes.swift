import HTTPTypes
package import Hummingbird

/// What operators ask of every service: `/healthz`, `/readyz` and `/metrics` (contract section 9). They need no token.
package struct HealthRoutes: Sendable {
    /// The paths of the probes, which a public server has too.
    package static let probePaths: Set<String> = ["/healthz", "/readyz"]
    static let paths = probePaths.union(["/metrics"])

    private let problems: @Sendable () -> [String]
    private let metrics: @Sendable () -> String

    /// - Parameters:
    ///   - problems: what keeps the process from being ready, one line each, safe to show; empty if it is ready.
    ///   - metrics: writes the body of `/metrics`, Prometheus text 0.0.4.
    package init(problems: @escaping @Sendable () -> [String], metrics: @escaping @Sendable () -> String) {
        self.problems = problems
        self.metrics = metrics
    }

    package func addProbes(to router: Router<BasicRequestContext>) {
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { [problems] _, _ in
            let problems = problems()
            if problems.isEmpty { return Self.text("ready\n", status: .ok) }
            let lines = (["not ready"] + problems).map { $0 + "\n" }
            return Self.text(lines.joined(), status: .serviceUnavailable)
        }
    }

    package func addMetrics(to router: Router<BasicRequestContext>) {
        router.get("metrics") { [metrics] _, _ in
            Self.text(metrics(), status: .ok, type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    private static func text(
        _ body: String, status: HTTPResponse.Status, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
