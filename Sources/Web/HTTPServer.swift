import Foundation
import HTTPTypes
package import Hummingbird
package import Logging
import ServiceLifecycle

/// The HTTP server of a service: `/healthz`, `/readyz` and `/metrics` for its operators, and the service's own routes.
package struct HTTPServer: Service {
    /// The paths that every service serves.
    package static let ownPaths: Set<String> = ["/healthz", "/readyz", "/metrics"]

    private let application: Application<RouterResponder<BasicRequestContext>>
    private let address: String

    /// - Parameters:
    ///   - isReady: decides the status of `/readyz`.
    ///   - metrics: writes the body of `/metrics`, Prometheus text 0.0.4.
    ///   - routes: adds the service's own routes.
    package init(
        host: String, port: Int, isReady: @escaping @Sendable () -> Bool,
        metrics: @escaping @Sendable () -> String, routes: (Router<BasicRequestContext>) -> Void = { _ in },
        logger: Logger
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
            Self.text(metrics(), status: .ok, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        // Hummingbird logs every request at info.
        var quiet = logger
        quiet.logLevel = max(.notice, logger.logLevel)
        let limits = ConnectionLimits()
        var configuration = ApplicationConfiguration(address: .hostname(host, port: port))
        configuration.availableConnectionsDelegate = limits.availableConnections(logger: quiet)
        application = Application(
            router: router, server: .http1(within: limits), configuration: configuration, logger: quiet)
    }

    /// Throws a `ListenError` if it cannot listen on its address.
    package func run() async throws {
        do {
            try await application.run()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ListenError(address: address, reason: "\(error)")
        }
    }

    /// The server cannot listen on `HTTP_HOST` and `HTTP_PORT`. The system's reason names no setting, so this does.
    package struct ListenError: Error, CustomStringConvertible {
        let address: String
        let reason: String

        package var description: String { "HTTP_HOST, HTTP_PORT: cannot listen on \(address): \(reason)" }
    }

    private static func text(
        _ body: String, status: HTTPResponse.Status, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
