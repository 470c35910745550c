import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import TestSupport
import Testing

@testable import Web

/// The rules between HTTP/1 messages (RFC 9112), with the real decoder, without a network.
@Suite struct HTTP1HandlerTests {
    private let channel: EmbeddedChannel

    init() throws {
        channel = try .connectedHTTP1()
    }

    // MARK: - Keep-alive

    /// A request's version and fields, whether the connection stays open, and what the response says of it.
    @Test(arguments: [
        ("1.1", "", true, nil), ("1.1", "Connection: keep-alive\r\n", true, nil),
        ("1.1", "Connection: close\r\n", false, "close"), ("1.1", "Connection: Close\r\n", false, "close"),
        ("1.1", "Connection: TE, close\r\nTE: trailers\r\n", false, "close"),
        ("1.1", "Connection: keep-alive, CLOSE\r\n", false, "close"),
        ("1.1", "Connection: TE\r\nConnection: close\r\n", false, "close"),
        ("1.0", "", false, "close"), ("1.0", "Connection: close\r\n", false, "close"),
        ("1.0", "Connection: Keep-Alive\r\n", true, "keep-alive"),
    ])
    func `a connection stays open as the client wishes`(
        version: String, fields: String, staysOpen: Bool, connection: String?
    ) throws {
        try send("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
        #expect(try serve() == ["/"])
        let answer = try sent()
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        let said = answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("connection:") }
        #expect(said?.lowercased() == connection.map { "connection: \($0)" })
        try send("GET /again HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try serve() == (staysOpen ? ["/again"] : []))
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(channel.isActive == staysOpen)
    }

    @Test func `HTTP 1.0 may come without a Host`() throws {
        try send("GET / HTTP/1.0\r\n\r\n")
        #expect(try serve() == ["/"])
    }

    @Test func `to HTTP 1.0 the end of the connection is the end of a body of unknown length`() throws {
        try send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try serve(length: nil) == ["/"])
        let answer = try sent()
        #expect(answer.hasPrefix("HTTP/1.0 200") && answer.hasSuffix("\r\n\r\nok"), "\(answer)")
        #expect(answer.lowercased().contains("connection: close"))
    }

    @Test func `at shutdown the last response says close`() throws {
        try send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(try serve() == ["/1", "/2"])
        let answers = try sent().lowercased().split(separator: "http/1.1 200")
        #expect(answers.map { $0.contains("connection: close") } == [false, true])
    }

    // MARK: - Upgrades

    /// As Java's `HttpClient` sends them by default.
    private static let upgrade = """
        Connection: Upgrade, HTTP2-Settings\r\nContent-Length: 0\r\nHost: 127.0.0.1:8080\r\n\
        HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\nUser-Agent: Java-http-client/17\r\n
        """

    @Test(arguments: [
        upgrade, "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", "Host: a\r\nUpgrade: h2c\r\n",
        "Host: a\r\nConnection: keep-alive, upgrade\r\nUpgrade: h2c\r\n",
    ])
    func `a request for an upgrade is answered as if it had not asked, and is the last`(fields: String) throws {
        try send(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\n\(fields)Content-Length: 4\r\n\r\nbody".replacing(
                "Content-Length: 0\r\n", with: ""))
        let (paths, bodies) = try requests()
        #expect(paths == ["/1", "/2"] && bodies == ["", "body"])
        for _ in paths { try respond() }
        let answers = try sent().lowercased().split(separator: "http/1.1 200")
        #expect(answers.map { $0.contains("connection: close") } == [false, true])
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    @Test func `CONNECT is answered, and is the last request`() throws {
        try send("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try serve().count == 1)
        #expect(try sent().lowercased().contains("connection: close"))
    }

    // MARK: - Expect

    @Test func `a client that expects 100 gets it before the response`() throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n"
        try send(head)
        #expect(try sent() == "HTTP/1.1 100 Continue\r\n\r\n")
        try send("body")
        #expect(try requests().bodies == ["body"])
        try respond()
        #expect(try sent().hasPrefix("HTTP/1.1 200"))
    }

    @Test func `100 comes after the response to the previous request`() throws {
        try send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        try send("POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        #expect(try sent() == "")
        try respond()
        #expect(try sent().hasSuffix("okHTTP/1.1 100 Continue\r\n\r\n"))
    }

    @Test(arguments: ["1.0 with\r\nContent-Length: 4", "1.1 without", "1.1 with\r\nContent-Length: 0"])
    func `HTTP 1.0 and a request without a body get no 100`(version: String) throws {
        let words = version.split(separator: " ", maxSplits: 1)
        let field = words[1].split(separator: "\r\n").dropFirst().map { "\($0)\r\n" }.joined()
        try send("POST / HTTP/\(words[0])\r\nHost: a\r\nExpect: 100-continue\r\n\(field)\r\n")
        #expect(try sent() == "")
    }

    // MARK: - Refusals

    private static let large = String(repeating: "x", count: 17_000)
    private static let many = (0..<101).map { "A\($0): b\r\n" }.joined()

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400, "malformed"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "malformed"),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "malformed"),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "malformed"),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "malformed"),
        ("nonsense\r\n\r\n", 400, "malformed"), ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400, "malformed"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400, "malformed"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "malformed"),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "malformed"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "not_implemented"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "not_implemented"),
        ("GET /\(large) HTTP/1.1\r\nHost: a\r\n\r\n", 431, "header_fields_too_large"),
        ("GET / HTTP/1.1\r\nHost: a\r\nCookie: \(large)\r\n\r\n", 431, "header_fields_too_large"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n", 431, "header_fields_too_large"),
    ])
    func `what cannot be read gets a problem document and the connection closes`(
        bytes: String, status: Int, code: String
    ) throws {
        try? send(bytes)
        #expect(try serve() == [], "the application does not see it")
        let answer = try sent()
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        #expect(answer.contains("application/problem+json") && answer.contains("\"code\":\"\(code)\""), "\(answer)")
        #expect(answer.lowercased().contains("connection: close"))
        try? send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try serve() == [] && sent() == "", "nothing more is read")
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    @Test func `what cannot be read is answered after the requests before it`() throws {
        try? send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
        #expect(try sent() == "")
        #expect(try serve() == ["/1", "/2"])
        let statuses = try sent().split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
        #expect(statuses == ["200", "200", "400"])
    }

    /// Hummingbird takes the end of what it reads for the end of the body.
    @Test(arguments: ["nonsense", "inputClosed", "closed", "slow"])
    func `a body that breaks off is an error to the application, whose response is not sent`(how: String) throws {
        try send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n")
        let error = #expect(throws: (any Error).self) {
            switch how {
            case "nonsense": try send("nonsense")
            case "inputClosed": channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case "slow": channel.embeddedEventLoop.advanceTime(by: .seconds(15))
            default: channel.close(promise: nil)
            }
            try channel.throwIfErrorCaught()
        }
        // A refusal is the application's error too, so that it counts and logs the status that is sent.
        #expect((error as? Problem)?.code == (how == "slow" ? .requestTimeout : .malformed))
        let answer = try sent()
        #expect(how == "closed" || answer.hasPrefix(how == "slow" ? "HTTP/1.1 408" : "HTTP/1.1 400"), "\(answer)")
        #expect(throws: (any Error).self) { try respond() }
        #expect(try sent() == "")
    }

    @Test func `what is left of a body after the response is not handed on`() throws {
        try send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nbody")
        try respond()
        try send("rest")
        #expect(try requests().bodies == ["body"])
        try send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try serve() == ["/next"])
    }

    @Test func `a slow rest of a request that has its response gets no second one`() throws {
        try send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        try respond()
        #expect(try sent().hasPrefix("HTTP/1.1 200"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(15))
        #expect(try sent() == "")
        #expect(!channel.isActive)
    }

    // MARK: - The client and the application

    private func send(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    /// The complete requests that the application has received since the last call.
    private func requests() throws -> (paths: [String], bodies: [String]) {
        var paths: [String] = []
        var bodies: [String] = []
        var path = ""
        var body = ""
        while let part = try channel.readInbound(as: HTTPRequestPart.self) {
            switch part {
            case .head(let head): (path, body) = (head.path ?? "", "")
            case .body(let bytes): body += String(buffer: bytes)
            case .end:
                paths.append(path)
                bodies.append(body)
            }
        }
        return (paths, bodies)
    }

    private func respond(length: Int? = 2) throws {
        var head = HTTPResponse(status: .ok)
        head.headerFields[.contentLength] = length.map(String.init)
        try channel.writeOutbound(HTTPResponsePart.head(head))
        try channel.writeOutbound(HTTPResponsePart.body(ByteBuffer(string: "ok")))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    /// Answers what has arrived, and returns the paths.
    private func serve(length: Int? = 2) throws -> [String] {
        let paths = try requests().paths
        for _ in paths { try respond(length: length) }
        return paths
    }

    /// What was sent to the client since the last call.
    private func sent() throws -> String {
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }
}
