import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// The channel of an HTTP/1 connection, within limits, and by the rules of ``HTTP1Handler``.
struct LimitedHTTP1Channel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits
    let limiter: ConnectionLimiter
    /// The server's: Hummingbird's own is quieter.
    let logger: Logger

    /// What one read may take from a socket. By default it is 64 KiB, and four reads follow each other: thousands of
    /// clients that send a body at the same time would fill 512 MiB before the first byte is counted.
    static let readBytes = 8 << 10
    /// How many parts of a request are read before the application takes them.
    private static let partsInHand = 2

    func setup(channel: any Channel, logger _: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let options = channel.syncOptions
            try options?.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.readBytes))
            try options?.setOption(.maxMessagesPerRead, value: 1)
            let pipeline = channel.pipeline.syncOperations
            // First in the pipeline: it must see a slow request's bytes before the decoder has made a request of them.
            try pipeline.addHandler(SlowClientHandler(limits: limits, limiter: limiter, logger: logger))
            try Self.addHTTP1Handlers(to: pipeline, limits, logger)
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(
                    backPressureStrategy: .init(lowWatermark: 1, highWatermark: Self.partsInHand),
                    isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await AccessLog.$remoteAddress.withValue(value.channel.remoteAddress) {
            await handleHTTP(asyncChannel: value, logger: logger)
        }
    }

    /// From bytes to HTTP messages.
    static func addHTTP1Handlers(
        to pipeline: ChannelPipeline.SynchronousOperations, _ limits: ConnectionLimits, _ logger: Logger
    ) throws {
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = limits.maxHeaderBytes
        decoderLimits.maxHeaderListSize = limits.maxHeaderBytes
        decoderLimits.maxHeaderFieldCount = limits.maxHeaderFields
        try pipeline.addHandlers([
            HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)),
            HTTP1Handler(logger: logger), HTTP1ToHTTPServerCodec(secure: false),
        ])
    }
}
