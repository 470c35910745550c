import Glibc
package import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// An HTTP server of a service, within limits.
package struct HTTPServer: Service {
    /// Where a server listens, and which settings say so.
    package struct Address: Sendable {
        let host: String
        let port: Int
        /// `HTTP_HOST, HTTP_PORT`, for the error that it cannot listen there.
        let settings: String
        /// Whether a free port is used if this one is in use, because it is a default.
        let isReplaceable: Bool

        package init(host: String, port: Int, settings: String, isReplaceable: Bool = false) {
            self.host = host
            self.port = port
            self.settings = settings
            self.isReplaceable = isReplaceable
        }
    }

    private let responder: RouterResponder<BasicRequestContext>
    private let address: Address
    private let limits: ConnectionLimits
    private let limiter: ConnectionLimiter
    private let logger: Logger

    /// - Parameters:
    ///   - maxConnections: the number of clients that may be connected at a time (``ConnectionLimiter``).
    ///   - routes: adds the server's routes.
    package init(
        _ address: Address, maxConnections: Int, limits: ConnectionLimits = ConnectionLimits(), logger: Logger,
        routes: (Router<BasicRequestContext>) -> Void
    ) {
        self.address = address
        self.limits = limits
        self.logger = logger
        limiter = ConnectionLimiter(maxConnections: maxConnections)
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: AccessLog(logger: logger))
        routes(router)
        responder = router.buildResponder()
    }

    /// Throws a `ListenError` if it cannot listen on its address.
    package func run() async throws {
        do {
            try await serve(port: address.port)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as IOError where error.errnoCode == EADDRINUSE && address.isReplaceable {
            logger.warning(
                "The default port is in use; serving on a free one",
                metadata: [LogKey.address: "\(address.host):\(address.port)", LogKey.settings: "\(address.settings)"])
            try await serve(port: 0)
        } catch {
            throw ListenError(address: address, reason: "\(error)")
        }
    }

    private func serve(port: Int) async throws {
        // Hummingbird logs every request at info.
        var quiet = Logger(label: logger.label) { _ in ServerLogHandler(logger.handler) }
        quiet.logLevel = max(.notice, logger.logLevel)
        var configuration = ApplicationConfiguration(address: .hostname(address.host, port: port))
        configuration.availableConnectionsDelegate = limiter
        // As long as the system allows: clients that find the queue full must try again, some of them in vain.
        configuration.backlog = max(limiter.maxConnections, 256)
        let application = Application(
            responder: responder, server: .http1(within: limits, limiter, logger: logger), configuration: configuration,
            onServerRunning: { [logger, address] channel in
                let port = channel.localAddress?.port ?? port
                logger.info(
                    "Serving HTTP",
                    metadata: [LogKey.address: "\(address.host):\(port)", LogKey.settings: "\(address.settings)"])
            },
            logger: quiet)
        try await application.run()
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
