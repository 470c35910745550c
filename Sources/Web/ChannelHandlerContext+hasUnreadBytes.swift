import Glibc
import NIOCore

extension ChannelHandlerContext {
    /// Whether the client has sent bytes that the event loop has not read; false for a channel that has no socket.
    var hasUnreadBytes: Bool {
        var count: CInt = 0
        let isKnown = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { ioctl($0, UInt(FIONREAD), &count) == 0 }
        return isKnown == true && count > 0
    }
}
