import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import TestSupport
import Testing

@testable import Web

/// The handlers of a connection, in virtual time.
@Suite struct SlowClientHandlerTests {
    private let channel: EmbeddedChannel

    init() throws {
        channel = try .connectedHTTP1()
    }

    private func send(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    private func respond() throws {
        try channel.writeOutbound(HTTPResponsePart.head(.init(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    private func advance(_ seconds: Int64) {
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
    }

    private func expectTimeout() throws {
        let answer = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(String(buffer: answer).hasPrefix("HTTP/1.1 408"))
        #expect(!channel.isActive, "an embedded channel has no halves")
    }

    private let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func `a head at one byte a second is cut off after 15 s`() throws {
        for byte in request.utf8.prefix(15) {
            #expect(channel.isActive)
            try channel.writeInbound(ByteBuffer(bytes: [byte]))
            advance(1)
        }
        try expectTimeout()
    }

    @Test func `a body at one byte a second is cut off after 15 s`() throws {
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<15 {
            #expect(channel.isActive)
            try send("x")
            advance(1)
        }
        try expectTimeout()
    }

    @Test func `a chunked body that does not end is cut off after 15 s`() throws {
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<15 {
            #expect(channel.isActive)
            try send("1\r\nx\r\n")
            advance(1)
        }
        try expectTimeout()
    }

    @Test func `the time in which the application does not read is not the client's`() throws {
        let reads = try channel.pipeline.syncOperations.handler(type: AutomaticReads.self)
        reads.isPaused = true
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1234")
        advance(20)
        #expect(channel.isActive)
        reads.isPaused = false
        channel.read()
        advance(14)
        try send("56789")
        advance(600)
        #expect(channel.isActive)
        try respond()
        #expect(channel.isActive)
    }

    @Test func `a service that has not read a request after 60 s says that it has too much to do`() throws {
        try channel.pipeline.syncOperations.handler(type: AutomaticReads.self).isPaused = true
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        advance(59)
        #expect(channel.isActive)
        advance(1)
        try expectUnavailable()
    }

    // MARK: - Too many connections

    @Test func `a connection without a request that must make place is closed`() throws {
        makePlace()
        #expect(!channel.isActive)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test(arguments: ["GET / HT", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1234"])
    func `one that has begun a request is answered with 503`(bytes: String) throws {
        try send(bytes)
        makePlace()
        try expectUnavailable()
    }

    @Test func `one that the server owes a response stays`() throws {
        try send(request)
        makePlace()
        #expect(channel.isActive)
        try respond()
        #expect(channel.isActive)
    }

    private func makePlace() {
        channel.pipeline.fireUserInboundEventTriggered(ConnectionLimiter.CloseIfIdle())
    }

    private func expectUnavailable() throws {
        var answer = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { answer += String(buffer: part) }
        #expect(answer.hasPrefix("HTTP/1.1 503"))
        for field in ["content-type: application/problem+json\r\n", "connection: close\r\n", "retry-after: "] {
            #expect(answer.lowercased().contains(field), "\(answer)")
        }
        #expect(!channel.isActive, "an embedded channel has no halves")
    }

    @Test func `a slow request that ends in time is served`() throws {
        let bytes = request.utf8.map { ByteBuffer(bytes: [$0]) }
        for byte in bytes.dropLast() { try channel.writeInbound(byte) }
        advance(14)
        try channel.writeInbound(bytes[bytes.count - 1])
        advance(600)
        #expect(channel.isActive)
        try respond()
        #expect(channel.isActive)
    }

    @Test func `a long poll is not cut off, and the connection serves another request`() throws {
        for _ in 0..<3 {
            try send(request)
            advance(20)
            #expect(channel.isActive)
            try respond()
            advance(59)
            #expect(channel.isActive)
        }
    }

    @Test func `a connection without requests is closed after 75 s`() throws {
        advance(74)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
    }

    @Test func `keep-alive ends 75 s after the response`() throws {
        try send(request)
        try respond()
        advance(74)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
    }

    @Test func `continuous requests keep the connection open`() throws {
        for _ in 0..<200 {
            try send(request)
            try respond()
            advance(10)
        }
        #expect(channel.isActive)
    }

    @Test func `a client that does not read is cut off after 30 s`() throws {
        try send(request)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        advance(29)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
    }

    @Test func `a client that reads again is not cut off`() throws {
        try send(request)
        for isWritable in [false, true, false, true] {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
            advance(29)
        }
        advance(600)
        #expect(channel.isActive)
    }

    @Test func `at shutdown a client has 3 s left, and a response any time`() throws {
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        advance(2)
        #expect(channel.isActive)
        try send("123456789")
        advance(10)
        #expect(channel.isActive, "the server owes the response")
        try respond()
        try send("GET / HT")
        advance(3)
        #expect(!channel.isActive)
    }

    @Test func `other events pass through`() throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.pipeline.triggerUserOutboundEvent("other event", promise: promise)
        #expect(throws: ChannelError.self) { try promise.futureResult.wait() }
    }
}
