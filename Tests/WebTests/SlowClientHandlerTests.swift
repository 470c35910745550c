import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Testing

@testable import Web

/// The guard and the watcher around the real decoder, in virtual time.
@Suite struct SlowPeerGuardTests {
    private let channel = EmbeddedChannel()

    init() throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(SlowClientHandler(limits: ConnectionLimits(), logger: .quiet))
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandlers([HTTP1ToHTTPServerCodec(secure: false), RequestBoundaryHandler()])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func send(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    private func answer() throws {
        try channel.writeOutbound(HTTPResponsePart.head(.init(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    private func pass(_ seconds: Int64) {
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
    }

    private let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func `a head at one byte a second is cut off after 15 s`() throws {
        for byte in request.utf8.prefix(15) {
            #expect(channel.isActive)
            try channel.writeInbound(ByteBuffer(bytes: [byte]))
            pass(1)
        }
        #expect(!channel.isActive)
    }

    @Test func `a body at one byte a second is cut off after 15 s`() throws {
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<15 {
            #expect(channel.isActive)
            try send("x")
            pass(1)
        }
        #expect(!channel.isActive)
    }

    @Test func `so is a chunked one that does not end`() throws {
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<15 {
            #expect(channel.isActive)
            try send("1\r\nx\r\n")
            pass(1)
        }
        #expect(!channel.isActive)
    }

    @Test func `a slow request that makes it in time is served`() throws {
        let bytes = request.utf8.map { ByteBuffer(bytes: [$0]) }
        for byte in bytes.dropLast() { try channel.writeInbound(byte) }
        pass(14)
        try channel.writeInbound(bytes[bytes.count - 1])
        pass(600)
        #expect(channel.isActive)
        try answer()
        #expect(channel.isActive)
    }

    @Test func `a long poll is not cut off, and the connection serves another after it`() throws {
        for _ in 0..<3 {
            try send(request)
            pass(20)
            #expect(channel.isActive)
            try answer()
            pass(59)
            #expect(channel.isActive)
        }
    }

    @Test func `a connection without requests is closed after 60 s`() throws {
        pass(59)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive)
    }

    @Test func `keep-alive ends 60 s after the answer`() throws {
        try send(request)
        try answer()
        pass(59)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive)
    }

    @Test func `requests back to back are served for as long as they come`() throws {
        for _ in 0..<200 {
            try send(request)
            try answer()
            pass(10)
        }
        #expect(channel.isActive)
    }

    @Test func `a peer that does not read is cut off after 30 s`() throws {
        try send(request)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        pass(29)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive)
    }

    @Test func `a peer that reads again is not`() throws {
        try send(request)
        for isWritable in [false, true, false, true] {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
            pass(29)
        }
        pass(600)
        #expect(channel.isActive)
    }

    @Test func `at a stop who owes us something has 3 s left, and whom we owe has all time`() throws {
        try send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        pass(2)
        #expect(channel.isActive)
        try send("123456789")
        pass(10)
        #expect(channel.isActive, "the answer is ours to give")
        try answer()
        try send("GET / HT")
        pass(3)
        #expect(!channel.isActive)
    }

    @Test func `events of others pass`() throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.pipeline.triggerUserOutboundEvent("another's", promise: promise)
        #expect(throws: ChannelError.self) { try promise.futureResult.wait() }
    }
}
