import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport

/// Sends many HTTP requests at the same time, each on a connection of its own.
struct RequestFlood: Sendable {
    struct Request: Sendable {
        var method: HTTPMethod
        var path: String
        var headers: HTTPHeaders = [:]
        var body = ByteBuffer()
    }

    enum Answer: Sendable, Hashable {
        case response(status: Int, contentType: String)
        /// The connection ended before the response was complete, with an error if it was reset.
        case closed(String)
        /// The client could not connect, or nothing came within the time limit.
        case none(String)
    }

    /// Longer than any wait that a service may impose.
    private static let limit: TimeAmount = .seconds(180)

    let port: Int

    /// Connects all clients, then sends all requests.
    func send(_ requests: [Request]) async throws -> [Answer: Int] {
        let group = MultiThreadedEventLoopGroup.singleton
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(Self.limit)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
        let port = port
        let connections = requests.map { request in
            let answer = group.next().makePromise(of: Answer.self)
            let connection = bootstrap.channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(answer))
                }
            }.connect(host: "127.0.0.1", port: port)
            return (request: request, connection: connection, answer: answer)
        }
        let answers = connections.map { request, connection, answer in
            connection.whenFailure { answer.fail($0) }
            connection.whenSuccess { channel in Self.write(request, to: channel) }
            return answer.futureResult
        }
        var counts: [Answer: Int] = [:]
        for answer in answers {
            do {
                counts[try await answer.get(), default: 0] += 1
            } catch {
                counts[.none("\(error)"), default: 0] += 1
            }
        }
        return counts
    }

    private static func write(_ request: Request, to channel: any Channel) {
        var headers = request.headers
        headers.add(name: "Host", value: "127.0.0.1")
        if request.body.readableBytes > 0 {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(request.body.readableBytes)")
        }
        let head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.path, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if request.body.readableBytes > 0 {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(request.body)), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
}

/// Reads one response and closes the connection.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answer: EventLoopPromise<RequestFlood.Answer>
    private var head: HTTPResponseHead?

    init(_ answer: EventLoopPromise<RequestFlood.Answer>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            if let head {
                let type = head.headers.first(name: "content-type") ?? ""
                answer.succeed(.response(status: Int(head.status.code), contentType: type))
            }
            context.close(promise: nil)
        }
    }

    /// A server may close its side for writing while it reads the rest of the request.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.succeed(.closed("\(error)"))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.succeed(.closed("closed")) }
}
