import NIOCore
import NIOHTTP1

/// One connection of a ``WebhookReceiver``. It writes bytes, not parts of a response, because some answers are none.
final class WebhookReceiverHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let answer: (ReceivedDelivery) -> WebhookReceiver.Answer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(connection: Int, answer: @escaping (ReceivedDelivery) -> WebhookReceiver.Answer) {
        self.connection = connection
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            guard let head else { return }
            let delivery = ReceivedDelivery(
                method: head.method.rawValue, path: head.uri,
                headers: head.headers.map { (name: $0.name, value: $0.value) }, body: body, connection: connection)
            perform(answer(delivery), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func perform(_ answer: WebhookReceiver.Answer, _ context: ChannelHandlerContext) {
        switch answer {
        case .status(let status, let headers, let body):
            let length = status == 204 ? "" : "content-length: \(body.utf8.count)\r\n"
            let fields = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
            write("HTTP/1.1 \(status) Status\r\n\(length)\(fields)\r\n\(body)", context)
        case .hang: break
        case .close: context.close(promise: nil)
        case .trickle:
            write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", context)
            trickle(context)
        case .flood(let count):
            write("HTTP/1.1 200 OK\r\ncontent-length: \(count)\r\n\r\n", context)
            flood(count, context)
        case .raw(let text):
            write(text, context)
            context.close(promise: nil)
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    private func trickle(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        write("1\r\n.\r\n", context)
        let next = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(20)) { next.value.0.trickle(next.value.1) }
    }

    /// The next part is written when the one before has left, so that the memory does not hold them all.
    private func flood(_ count: Int, _ context: ChannelHandlerContext) {
        guard count > 0, context.channel.isActive else { return }
        let part = min(count, 1 << 16)
        let next = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: UInt8(ascii: "x"), count: part)))
            .whenSuccess { next.value.0.flood(count - part, next.value.1) }
    }
}
