import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import TestSupport
import Testing

@testable import Web

/// Runs a server on a free port while the body runs.
func withServer(
    _ router: Router<BasicRequestContext>, limits: ConnectionLimits = ConnectionLimits(), maxConnections: Int = 100,
    _ body: (Int) async throws -> Void
) async throws {
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let limiter = ConnectionLimiter(maxConnections: maxConnections)
    let application = Application(
        router: router, server: .http1(within: limits, limiter, logger: .quiet),
        configuration: .init(address: .hostname("127.0.0.1", port: 0), availableConnectionsDelegate: limiter),
        onServerRunning: { channel in
            if let port = channel.localAddress?.port { running.yield(port) }
            running.finish()
        }, logger: .quiet)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await application.run() }
        defer { group.cancelAll() }
        for await port in ports { try await body(port) }
    }
}
