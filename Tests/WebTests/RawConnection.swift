import NIOCore
import NIOPosix

typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

/// Connects a raw TCP client while the body runs.
/// - Parameter keepsSending: whether it can send after the server has closed its side.
func connection(
    to port: Int, keepsSending: Bool = false, _ body: (Inbound, Outbound) async throws -> Void
) async throws {
    let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .channelOption(.allowRemoteHalfClosure, value: keepsSending)
    let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
    }
    try await channel.executeThenClose { inbound, outbound in try await body(inbound, outbound) }
}

/// What arrives until it ends with `end`, or until the server closes the connection.
func text(_ inbound: Inbound, upTo end: String? = nil) async throws -> String {
    var all = ByteBuffer()
    do {
        for try await part in inbound {
            all.writeImmutableBuffer(part)
            if let end, String(buffer: all).hasSuffix(end) { break }
        }
    } catch is IOError {
        // Connection reset: the server closed without reading everything.
    }
    return String(buffer: all)
}
