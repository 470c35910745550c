import HTTPTypes
package import Hummingbird

/// What operators ask of every service: `/healthz`, `/readyz` and `/metrics` (contract section 9). They need no token.
package struct HealthRoutes: Sendable {
    /// The paths of the probes, which a public server has too.
    package static let probePaths: Set<String> = ["/healthz", "/readyz"]

    private let isReady: @Sendable () -> Bool
    private let metrics: @Sendable () -> String

    /// - Parameters:
    ///   - isReady: decides the status of `/readyz`.
    ///   - metrics: writes the body of `/metrics`, Prometheus text 0.0.4.
    package init(isReady: @escaping @Sendable () -> Bool, metrics: @escaping @Sendable () -> String) {
        self.isReady = isReady
        self.metrics = metrics
    }

    package func addProbes(to router: Router<BasicRequestContext>) {
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { [isReady] _, _ in
            isReady()
                ? Self.text("ready\n", status: .ok) : Self.text("not ready\n", status: .serviceUnavailable)
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
