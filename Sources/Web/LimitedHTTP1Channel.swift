import HummingbirdCore
import Logging
import NIOCore

/// Hummingbird's HTTP/1 channel between a handler that sees bytes and a handler that sees requests.
struct LimitedHTTP1Channel: ServerChildChannel {
    private let http1: HTTP1Channel
    private let limits: ConnectionLimits
    private let limiter: ConnectionLimiter

    init(responder: @escaping HTTPChannelHandler.Responder, limits: ConnectionLimits, limiter: ConnectionLimiter) {
        http1 = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [RequestBoundaryHandler()],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.maxHeaderBytes, maxHeaderListSize: limits.maxHeaderBytes,
                    maxHeaderFieldCount: limits.maxHeaderFields)))
        self.limits = limits
        self.limiter = limiter
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        do {
            // First in the pipeline: it must see a slow request's bytes before the decoder has made a request of them.
            try channel.pipeline.syncOperations.addHandler(
                SlowClientHandler(limits: limits, limiter: limiter, logger: logger))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return http1.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http1.handle(value: value, logger: logger)
    }
}
