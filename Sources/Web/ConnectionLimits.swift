package import HummingbirdCore
package import Logging

/// What one connection may take of us, so that slow and silent clients leave room for others (HTTP/1).
///
/// An answer may take as long as it takes: only what the client owes has a limit.
package struct ConnectionLimits: Sendable {
    /// From a request's first byte to its last, head and body. 256 KiB in 15 s is what a bad telephone line does; a
    /// client that sends one byte a second ("slowloris") gets no further.
    package var requestTime: Duration = .seconds(15)
    /// Without a request: keep-alive between two, or before the first.
    package var idleTime: Duration = .seconds(60)
    /// While an answer waits to be sent and the client takes nothing of it.
    package var stallTime: Duration = .seconds(30)
    /// For each of these once the process is to stop, which it must do within 10 s (contract section 9).
    package var farewellTime: Duration = .seconds(3)
    /// A request's line and fields, in bytes: room for a token of 8 KiB and as much again.
    package var headBytes = 16 << 10
    /// Fields of a request.
    package var fields = 100
    /// Open at the same time; more wait in the system's queue until one closes.
    package var connections = 4_096

    package init() {}

    /// For the configuration of Hummingbird's `Application`.
    package func availableConnections(logger: Logger) -> some AvailableConnectionsDelegate {
        MaximumAvailableConnections(connections, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1 as Hummingbird speaks it, within limits.
    package static func http1(within limits: ConnectionLimits) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in LimitedHTTP1Channel(responder: responder, limits: limits) }
    }
}
