import Foundation
import HTTPTypes
package import Hummingbird
package import Logging
import ServiceLifecycle
import Web

/// The one port of a service: `/healthz`, `/readyz` and `/metrics` for those who run it, and whatever else the service
/// opens to the world.
package struct HTTPServer: Service {
    /// What every service has.
    package static let ownPaths: Set<String> = ["/healthz", "/readyz", "/metrics"]

    private let application: Application<RouterResponder<BasicRequestContext>>
    private let address: String

    package init(
        host: String, port: Int, metrics: Metrics, isReady: @escaping @Sendable () -> Bool,
        routes: (Router<BasicRequestContext>) -> Void = { _ in }, logger: Logger
    ) {
        address = "\(host):\(port)"
        let router = Router(options: .autoGenerateHeadEndpoints)
        routes(router)
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ in
            isReady()
                ? Self.text("ready\n", status: .ok) : Self.text("not ready\n", status: .serviceUnavailable)
        }
        router.get("metrics") { _, _ in
            Self.text(metrics.text, status: .ok, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        var quiet = logger
        quiet.logLevel = max(.notice, logger.logLevel)
        let limits = ConnectionLimits()
        var configuration = ApplicationConfiguration(address: .hostname(host, port: port))
        configuration.availableConnectionsDelegate = limits.availableConnections(logger: quiet)
        application = Application(
            router: router, server: .http1(within: limits), configuration: configuration, logger: quiet)
    }

    /// Throws a `ConfigurationError` when it cannot listen where it was told to.
    package func run() async throws {
        do {
            try await application.run()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Its reason comes from the system in words that name no setting.
            throw ConfigurationError("HTTP_HOST, HTTP_PORT: \(address) cannot be listened on: \(error)")
        }
    }

    private static func text(
        _ body: String, status: HTTPResponse.Status, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
