import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import TestSupport
import Testing

@testable import Web

/// `X-Request-Id` (contract section 8): the client's if it is valid, otherwise a new one, on every response.
@Suite struct RequestIDTests {
    @Test(arguments: ["a", "8e03978e-40d5", "~!", String(repeating: "x", count: 128)])
    func `a client's id of visible ASCII is kept`(text: String) throws {
        #expect(RequestID(text)?.description == text)
        let answer = try answer(to: "X-Request-Id: \(text)\r\n")
        #expect(id(in: answer) == text)
    }

    @Test(arguments: ["", "a b", "\u{7f}", "é", "a\u{1}", String(repeating: "x", count: 129)])
    func `any other is replaced`(text: String) throws {
        #expect(RequestID(text) == nil)
        // The parser refuses control characters, with a new id too.
        let answer = try answer(to: "X-Request-Id: \(text)\r\n")
        #expect(isNew(try #require(id(in: answer))))
    }

    @Test(arguments: ["", "X-Request-Id: a\r\nX-Request-Id: b\r\n"])
    func `without one, and with two, a new one is made`(fields: String) throws {
        let ids = try (0..<2).map { _ in try #require(id(in: try answer(to: fields))) }
        #expect(ids.allSatisfy(isNew) && ids[0] != ids[1])
    }

    @Test func `the application reads the id that the client gets`() throws {
        let channel = try EmbeddedChannel.connectedHTTP1()
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        guard case .head(let head) = try channel.readInbound(as: HTTPRequestPart.self) else {
            Issue.record("no head")
            return
        }
        #expect(try id(in: respond(on: channel)) == head.headerFields[.requestID])
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nX-Request-Id: mine\r\n\r\n", true), ("nonsense\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nCookie: \(String(repeating: "x", count: 17_000))\r\n\r\n", false),
        ("POST / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\nContent-Length: 4\r\n\r\nbo", true),
    ])
    func `a refusal has the id of the request if its head could be read`(bytes: String, isRead: Bool) throws {
        let channel = try EmbeddedChannel.connectedHTTP1()
        _ = try? channel.writeInbound(ByteBuffer(string: bytes))
        channel.embeddedEventLoop.advanceTime(by: .seconds(15))
        let id = try #require(id(in: try sent(on: channel)))
        #expect(isRead ? id == "mine" : isNew(id))
        // A body that broke off is an error to the application.
        #expect((try? channel.throwIfErrorCaught()) != nil || bytes.hasSuffix("bo"))
    }

    // MARK: -

    private func isNew(_ id: String) -> Bool {
        id.wholeMatch(of: /[0-9a-f]{32}/) != nil
    }

    private func id(in answer: String) -> String? {
        answer.firstMatch(of: /\r\nX-Request-Id: ([^\r]*)\r\n/).map { String($0.1) }
    }

    private func answer(to fields: String) throws -> String {
        let channel = try EmbeddedChannel.connectedHTTP1()
        _ = try? channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"))
        return try respond(on: channel)
    }

    private func respond(on channel: EmbeddedChannel) throws -> String {
        _ = try? channel.writeOutbound(HTTPResponsePart.head(.init(status: .noContent)))
        _ = try? channel.writeOutbound(HTTPResponsePart.end(nil))
        return try sent(on: channel)
    }

    private func sent(on channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }
}
