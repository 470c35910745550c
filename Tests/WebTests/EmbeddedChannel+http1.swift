import NIOCore
import NIOEmbedded
import NIOHTTPTypes
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
        try pipeline.addHandler(AutomaticReads())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }
}

/// Asks for more whenever bytes were read, as the channel of a socket does.
final class AutomaticReads: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart

    /// Whether the application takes what is read.
    var isPaused = false

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if !isPaused { context.read() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if !isPaused { context.read() }
    }
}
