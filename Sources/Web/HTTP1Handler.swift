import HTTPTypes
import NIOCore
import NIOHTTP1

/// Behind the decoder: the rules of HTTP/1 between messages (RFC 9112), which Hummingbird leaves to its users.
///
/// Decides which response is the last, and says so (`Connection: close`); sends `100 Continue`; refuses messages that
/// cannot be read, and slow ones, with a problem document after the responses that are still owed. Tells
/// ``SlowClientHandler``, in front of the decoder, when a request and when a response is complete.
final class HTTP1Handler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests without a complete response, in order; the first is being answered.
    private var owed = CircularBuffer<RequestFraming>()
    /// Whether the end of a request is missing.
    private var isReceiving = false
    /// Whether the end of a response is missing.
    private var isResponding = false
    /// Whether no request follows: the last one asked to close, or the process is shutting down.
    private var isLastRequestRead = false
    /// Why the rest of what the client sends is not read.
    private var refusal: Problem?
    /// Whether the last response is complete: nothing more is read or written.
    private var isFinished = false

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): read(head, context)
        case .body:
            if isReceiving { context.fireChannelRead(data) }
        case .end:
            guard isReceiving else { return }
            isReceiving = false
            report(.requestCompleted, context)
            context.fireChannelRead(data)
            if isLastRequestRead, owed.isEmpty { finish(context) }
        }
    }

    private func read(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard refusal == nil, !isLastRequestRead, !isFinished else { return }
        do {
            let request = try RequestFraming(head)
            isReceiving = true
            isLastRequestRead = !request.isPersistent
            owed.append(request)
            if owed.count == 1 { sendContinue(context) }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        } catch {
            refuse(error, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        abandonRequest(context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            refuse(Problem(.headerFieldsTooLarge, "The request line and header fields are too large."), context)
        case is HTTPParserError: refuse(Problem(.malformed, "The request is not valid HTTP/1.1."), context)
        // More bytes behind an error of the parser.
        case is ByteToMessageDecoderError where refusal != nil || isFinished: break
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ConnectionDeadlines.SlowRequest:
            refuse(Problem(.requestTimeout, "The request did not arrive in time."), context)
        case is ChannelShouldQuiesceEvent:
            isLastRequestRead = true
            if owed.isEmpty, !isReceiving { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: - Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isFinished, !owed.isEmpty else {
            // The request was refused while the application worked on it.
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            isResponding = true
            context.write(wrapOutboundOut(.head(framed(head, for: owed[owed.startIndex]))), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            isResponding = false
            owed.removeFirst()
            report(.responseCompleted, context)
            responseCompleted(context)
        }
    }

    private func framed(_ head: HTTPResponseHead, for request: RequestFraming) -> HTTPResponseHead {
        var head = head
        if request.isHTTP10, !head.headers.contains(name: "content-length") {
            // The end of the connection is the end of the body.
            isLastRequestRead = true
            head.version = .http1_0
        }
        if isLastRequestRead, owed.count == 1 {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        } else if request.isHTTP10 {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        return head
    }

    private func responseCompleted(_ context: ChannelHandlerContext) {
        guard owed.isEmpty else {
            sendContinue(context)
            return
        }
        if refusal != nil {
            sendRefusal(context)
        } else if isLastRequestRead {
            finish(context)
        }
    }

    /// Sends `100 Continue` if the request to be answered next waits for it.
    private func sendContinue(_ context: ChannelHandlerContext) {
        guard let first = owed.first, first.expectsContinue, isReceiving, owed.count == 1 else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    // MARK: - The end

    /// Answers with the problem after the owed responses, and reads nothing more.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        let isStarted = isReceiving
        abandonRequest(context)
        guard refusal == nil, !isFinished else { return }
        refusal = problem
        // The application has the head already; its response may be complete or under way.
        if isStarted, owed.isEmpty || owed.count == 1 && isResponding {
            context.close(promise: nil)
            return
        }
        if isStarted { owed.removeLast() }
        if owed.isEmpty { sendRefusal(context) }
    }

    /// Ends a request whose end will not be read, with an error: Hummingbird takes the mere end of what it reads for
    /// the end of the body.
    private func abandonRequest(_ context: ChannelHandlerContext) {
        guard isReceiving else { return }
        isReceiving = false
        context.fireErrorCaught(HTTPParserError.invalidEOFState)
    }

    private func sendRefusal(_ context: ChannelHandlerContext) {
        guard let refusal else { return }
        let body = refusal.json
        let headers: HTTPHeaders = [
            "content-type": "application/problem+json", "content-length": "\(body.count)", "connection": "close",
        ]
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.code.status.code), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        finish(context)
    }

    /// Closes the connection, but only our side: a client that is still sending would otherwise lose the response
    /// (section 9.6). ``SlowClientHandler`` closes the other side if the client does not.
    private func finish(_ context: ChannelHandlerContext) {
        isFinished = true
        abandonRequest(context)
        report(.finished, context)
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    private func report(_ event: ConnectionDeadlines.Event, _ context: ChannelHandlerContext) {
        context.triggerUserOutboundEvent(event, promise: nil)
    }
}
