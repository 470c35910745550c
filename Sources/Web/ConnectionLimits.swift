package import HummingbirdCore
package import Logging

/// What one HTTP/1 connection may use, so that slow and silent clients do not take the server from the others.
///
/// Only the client's side is limited: the server may take any time to answer. Where it is the server that is too slow
/// to read, the client is told so.
package struct ConnectionLimits: Sendable {
    /// How long the service waits in all for the bytes of one request, head and body. 256 KiB in 15 s is dial-up speed;
    /// a client that sends one byte a second ("slowloris") is cut off. Bytes that wait for the service do not count.
    package var requestTime: Duration = .seconds(15)
    /// From a request's first byte to its last. A service that cannot read a request within this time has too much to
    /// do.
    package var totalRequestTime: Duration = .seconds(60)
    /// Without a request: before the first one, and keep-alive between two (`HTTP_KEEP_ALIVE`).
    package var idleTime: Duration = .seconds(75)
    /// While a response waits to be sent and the client reads nothing.
    package var stallTime: Duration = .seconds(30)
    /// After the last response, while the client neither sends nor closes its side. A client that is still sending
    /// would lose the response if both sides were closed at once (RFC 9112 section 9.6).
    package var lingerTime: Duration = .seconds(5)
    /// From the last response until the connection is closed, whatever the client sends.
    package var maxLingerTime: Duration = .seconds(30)
    /// Replace the two above if the connection must make place for another one.
    package var leavingTime: Duration = .milliseconds(500)
    package var maxLeavingTime: Duration = .seconds(2)
    /// Replaces each longer time above during shutdown, which may take 10 s (contract section 9).
    package var shutdownTime: Duration = .seconds(3)
    /// Request line and header fields, in bytes: a token of 8 KiB and as much again.
    package var maxHeaderBytes = 16 << 10
    /// Header fields of a request.
    package var maxHeaderFields = 100

    package init() {}
}

extension HTTPServerBuilder {
    /// Hummingbird's HTTP/1 within the limits.
    /// - Parameters:
    ///   - limiter: it must also be the server's `availableConnectionsDelegate`.
    ///   - logger: for requests that are refused before they reach the router.
    package static func http1(
        within limits: ConnectionLimits, _ limiter: ConnectionLimiter, logger: Logger
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            LimitedHTTP1Channel(responder: responder, limits: limits, limiter: limiter, logger: logger)
        }
    }
}
