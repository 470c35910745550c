import NIOCore
import NIOEmbedded
import TestSupport

@testable import Web

extension EmbeddedChannel {
    /// A connection with the handlers of a server, without a network.
    static func connectedHTTP1() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            SlowClientHandler(
                limits: ConnectionLimits(), limiter: ConnectionLimiter(maxConnections: 1), logger: .quiet))
        try LimitedHTTP1Channel.addHTTP1Handlers(to: pipeline, ConnectionLimits(), .quiet)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }
}
