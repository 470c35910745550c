import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Web

/// The limits in a real server. Only the tested limit is short: the machine may be slow.
@Suite struct LimitedServerTests {
    private func limits(
        _ limit: WritableKeyPath<ConnectionLimits, Duration>? = nil, _ time: Duration = .zero
    ) -> ConnectionLimits {
        var limits = ConnectionLimits()
        if let limit { limits[keyPath: limit] = time }
        return limits
    }

    private let request = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("poll") { _, _ in
            await simulateDelay(.seconds(11))
            return "late"
        }
        router.post("body") { request, _ in try await request.body.collect(upTo: 1_000) }
        return router
    }

    @Test func `a request that does not end is cut off`() async throws {
        try await withServer(router(), limits: limits(\.requestTime, .milliseconds(300))) { port in
            for head in [
                "GET / HTTP/1.1\r\nHost: x\r\nX: ", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
            ] {
                try await connection(to: port) { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: head))
                    #expect(try await text(inbound).hasPrefix("HTTP/1.1 408"))
                }
            }
        }
    }

    @Test func `a client whose bytes are not read can read why it was refused`() async throws {
        let (release, ends) = AsyncStream.makeStream(of: Void.self)
        let router = router()
        router.post("held") { _, _ in
            for await _ in release {}
            return "held"
        }
        try await withServer(router, limits: limits(\.totalRequestTime, .milliseconds(300))) { port in
            try await connection(to: port, keepsSending: true) { inbound, outbound in
                try await outbound.write(
                    ByteBuffer(string: "POST /held HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"))
                try await outbound.write(ByteBuffer(repeating: 0, count: 100_000))
                #expect(try await text(inbound).hasPrefix("HTTP/1.1 503"))
                ends.finish()
                // The system would reset a connection that is closed while bytes wait to be read.
                for _ in 0..<90 { try await outbound.write(ByteBuffer(repeating: 0, count: 100_000)) }
            }
        }
    }

    @Test func `a client that must make place in the middle of a request is told so`() async throws {
        let limits = limits(\.maxLeavingTime, .seconds(60))
        let begun = EventCounter()
        let answered = EventCounter()
        let router = router()
        router.post("begun") { request, _ in
            var count = 0
            for try await _ in request.body {
                if count == 0 { begun.increment() }
                count += 1
            }
            return "done"
        }
        try await withServer(router, limits: limits, maxConnections: 1) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await connection(to: port) { inbound, outbound in
                        try await outbound.write(
                            ByteBuffer(string: "POST /begun HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx"))
                        let answer = try await text(inbound)
                        #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains(#""code":"unavailable""#))
                    }
                }
                try await eventually("the first has begun") { begun.count == 1 }
                group.addTask {
                    try await connection(to: port) { inbound, outbound in
                        try await outbound.write(request)
                        for try await _ in inbound { break }
                        answered.increment()
                    }
                }
                try await group.waitForAll()
                #expect(answered.count == 1)
            }
        }
    }

    @Test func `a long poll is answered, then an idle connection is closed`() async throws {
        try await withServer(router(), limits: limits(\.idleTime, .seconds(10))) { port in
            try await connection(to: port) { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "GET /poll HTTP/1.1\r\nHost: x\r\n\r\n"))
                let response = try await text(inbound)
                #expect(response.hasPrefix("HTTP/1.1 200") && response.hasSuffix("late"))
            }
        }
    }

    @Test func `a head of more than 16 KiB is refused`() async throws {
        try await withServer(router(), limits: limits()) { port in
            for (bytes, status) in [(16_000, "404"), (17_000, "431")] {
                try await connection(to: port) { inbound, outbound in
                    let field = "X: " + String(repeating: "x", count: bytes)
                    let head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(field)\r\n\r\n"
                    try await outbound.write(ByteBuffer(string: head))
                    #expect(try await text(inbound).hasPrefix("HTTP/1.1 \(status)"))
                }
            }
        }
    }

    @Test func `a client that does not read the response is cut off`() async throws {
        let ends = EventCounter()
        let router = router()
        router.get("endless") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    defer { ends.increment() }
                    while true { try await writer.write(ByteBuffer(repeating: 0, count: 64 << 10)) }
                })
        }
        try await withServer(router, limits: limits(\.stallTime, .milliseconds(300))) { port in
            try await connection(to: port) { _, outbound in
                try await outbound.write(ByteBuffer(string: "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"))
                try await eventually("the server closes the connection") { ends.count == 1 }
            }
        }
    }

    @Test func `the connection that has been idle longest makes place for a new one`() async throws {
        let (again, use) = AsyncStream.makeStream(of: Void.self)
        let answered = (0..<3).map { _ in EventCounter() }
        let closed = EventCounter()
        try await withServer(router(), maxConnections: 2) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await connection(to: port) { inbound, outbound in
                        try await outbound.write(request)
                        for try await _ in inbound { answered[0].increment() }
                        closed.increment()
                    }
                }
                try await eventually("the first is answered") { answered[0].count == 1 }
                group.addTask {
                    try await connection(to: port) { inbound, outbound in
                        try await outbound.write(request)
                        for try await _ in inbound {
                            answered[1].increment()
                            if answered[1].count == 2 { break }
                            for await _ in again { break }
                            try await outbound.write(request)
                        }
                    }
                }
                try await eventually("the second is answered") { answered[1].count == 1 }
                group.addTask {
                    try await connection(to: port) { inbound, outbound in
                        try await outbound.write(request)
                        for try await _ in inbound {
                            answered[2].increment()
                            break
                        }
                    }
                }
                try await eventually("the first is closed, the third answered") {
                    closed.count == 1 && answered[2].count == 1
                }
                use.yield()
                try await group.waitForAll()
                #expect(answered.map(\.count) == [1, 2, 1])
            }
        }
    }

    @Test func `while all are busy, clients wait until one becomes idle`() async throws {
        let polls = EventCounter()
        let router = router()
        let (release, ends) = AsyncStream.makeStream(of: Void.self)
        router.get("held") { _, _ in
            polls.increment()
            for await _ in release { break }
            return "held"
        }
        try await withServer(router, maxConnections: 1) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                // One more than the limit is accepted.
                for number in 1...2 {
                    group.addTask {
                        try await connection(to: port) { inbound, outbound in
                            try await outbound.write(ByteBuffer(string: "GET /held HTTP/1.1\r\nHost: x\r\n\r\n"))
                            let answer = try await text(inbound, upTo: "held")
                            #expect(answer.hasPrefix("HTTP/1.1 200"))
                        }
                    }
                    try await eventually("it waits") { polls.count == number }
                }
                let sent = EventCounter()
                let answered = EventCounter()
                group.addTask {
                    try await connection(to: port) { inbound, outbound in
                        try await outbound.write(request)
                        sent.increment()
                        for try await _ in inbound { break }
                        answered.increment()
                    }
                }
                try await eventually("the third client has sent its request") { sent.count == 1 }
                #expect(answered.count == 0)
                for _ in 0..<2 { ends.yield() }
                try await group.waitForAll()
                #expect(answered.count == 1)
            }
        }
    }
}
