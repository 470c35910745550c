import HTTPTypes
import Logging
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

    /// A request without a complete response.
    private struct Owed {
        let framing: RequestFraming
        let id: RequestID
    }

    private let logger: Logger
    /// In order; the first is being answered.
    private var owed = CircularBuffer<Owed>()
    /// Whether the end of a request is missing.
    private var isReceiving = false
    /// Whether the end of a response is missing.
    private var isResponding = false
    /// Whether no request follows: the last one asked to close, or the process is shutting down.
    private var isLastRequestRead = false
    /// Why the rest of what the client sends is not read.
    private var refusal: (problem: Problem, id: RequestID)?
    /// Whether the last response is complete: nothing more is read or written.
    private var isFinished = false

    init(logger: Logger) {
        self.logger = logger
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): read(head, context)
        case .body:
            // What comes after the response has no reader.
            if isReceiving, !owed.isEmpty { context.fireChannelRead(data) }
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
        var head = head
        let id = RequestID(of: &head)
        do {
            let framing = try RequestFraming(head)
            isReceiving = true
            isLastRequestRead = !framing.isPersistent
            owed.append(Owed(framing: framing, id: id))
            if owed.count == 1 { sendContinue(context) }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        } catch {
            refuse(error, id, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        abandonRequest(context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            refuse(Problem(.headerFieldsTooLarge, "The request line and header fields are too large."), nil, context)
        case is HTTPParserError: refuse(Problem(.malformed, "The request is not valid HTTP/1.1."), nil, context)
        // More bytes behind an error of the parser.
        case is ByteToMessageDecoderError where refusal != nil || isFinished: break
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let reason as ConnectionDeadlines.Refusal: refuse(Self.problem(for: reason), nil, context)
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

    private func framed(_ head: HTTPResponseHead, for request: Owed) -> HTTPResponseHead {
        var head = head
        head.headers.replaceOrAdd(name: RequestID.fieldName, value: request.id.description)
        if request.framing.isHTTP10, !head.headers.contains(name: "content-length") {
            // The end of the connection is the end of the body.
            isLastRequestRead = true
            head.version = .http1_0
        }
        if isLastRequestRead, owed.count == 1 {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        } else if request.framing.isHTTP10 {
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
        guard let first = owed.first, first.framing.expectsContinue, isReceiving, owed.count == 1 else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    // MARK: - The end

    private static func problem(for reason: ConnectionDeadlines.Refusal) -> Problem {
        switch reason {
        case .slowRequest: Problem(.requestTimeout, "The request did not arrive in time.")
        case .slowService: .unavailable("The service has too much to do to read the request.", retryAfter: .seconds(5))
        case .tooManyConnections: .unavailable("Too many connections.", retryAfter: .seconds(1))
        }
    }

    /// Answers with the problem after the owed responses, and reads nothing more.
    /// - Parameter id: of the request, if its head could be read.
    private func refuse(_ problem: Problem, _ id: RequestID?, _ context: ChannelHandlerContext) {
        let isStarted = isReceiving
        abandonRequest(context, problem)
        guard refusal == nil, !isFinished else { return }
        let id = (isStarted ? owed.last?.id : id) ?? RequestID()
        refusal = (problem, id)
        // The application has the head already; its response may be complete or under way.
        if isStarted, owed.isEmpty {
            finish(context)
            return
        }
        if isStarted, owed.count == 1, isResponding {
            context.close(promise: nil)
            return
        }
        if isStarted {
            owed.removeLast()
        } else {
            // A request that the application has is in its access log.
            AccessLog.logRefusal(problem, id: id, from: context.remoteAddress, logger)
        }
        if owed.isEmpty { sendRefusal(context) }
    }

    /// Ends a request whose end will not be read, with an error: Hummingbird takes the mere end of what it reads for
    /// the end of the body.
    private func abandonRequest(
        _ context: ChannelHandlerContext, _ error: any Error = HTTPParserError.invalidEOFState
    ) {
        guard isReceiving else { return }
        isReceiving = false
        context.fireErrorCaught(error)
    }

    private func sendRefusal(_ context: ChannelHandlerContext) {
        guard let refusal else { return }
        let body = refusal.problem.json
        let status = HTTPResponseStatus(statusCode: refusal.problem.code.status.code)
        var headers: HTTPHeaders = [
            "content-type": "application/problem+json", "content-length": "\(body.count)", "connection": "close",
            RequestID.fieldName: refusal.id.description,
        ]
        for field in refusal.problem.headers { headers.add(name: field.name.rawName, value: field.value) }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        finish(context)
    }

    /// Closes the connection, but only our side: a client that is still sending would otherwise lose the response
    /// (section 9.6). ``SlowClientHandler`` reads what it sends, and closes the other side if the client does not.
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
