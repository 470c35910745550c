package import Hummingbird
package import Logging
import ServiceLifecycle

/// An HTTP server of a service, within limits.
package struct HTTPServer: Service {
    /// Where a server listens, and which settings say so.
    package struct Address: Sendable {
        let host: String
        let port: Int
        /// `HTTP_HOST, HTTP_PORT`, for the error that it cannot listen there.
        let settings: String

        package init(host: String, port: Int, settings: String) {
            self.host = host
            self.port = port
            self.settings = settings
        }
    }

    private let application: Application<RouterResponder<BasicRequestContext>>
    private let address: Address

    /// - Parameters:
    ///   - maxConnections: the number of clients that may be connected at a time (``ConnectionLimiter``).
    ///   - routes: adds the server's routes.
    package init(
        _ address: Address, maxConnections: Int, limits: ConnectionLimits = ConnectionLimits(), logger: Logger,
        routes: (Router<BasicRequestContext>) -> Void
    ) {
        self.address = address
        let router = Router(options: .autoGenerateHeadEndpoints)
        routes(router)
        // Hummingbird logs every request at info.
        var quiet = logger
        quiet.logLevel = max(.notice, logger.logLevel)
        let limiter = ConnectionLimiter(maxConnections: maxConnections)
        var configuration = ApplicationConfiguration(address: .hostname(address.host, port: address.port))
        configuration.availableConnectionsDelegate = limiter
        application = Application(
            router: router, server: .http1(within: limits, limiter), configuration: configuration, logger: quiet)
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

    /// The server cannot listen on its address. The system's reason names no setting, so this does.
    package struct ListenError: Error, CustomStringConvertible {
        let address: Address
        let reason: String

        package var description: String {
            "\(address.settings): cannot listen on \(address.host):\(address.port): \(reason)"
        }
    }
}
