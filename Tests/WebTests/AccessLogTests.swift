import Contracts
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import TestSupport
import Testing

@testable import Web

@Suite struct AccessLogTests {
    private let recorder = LogRecorder()

    /// Handles a request for a path that matches the template.
    private func handle(
        _ target: Request, template: String?, level: Logger.Level = .info,
        next: @concurrent @Sendable (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let context = BasicRequestContext.test
        context.coreContext.endpointPath.value = template
        return try await AccessLog(logger: recorder.logger(level)).handle(target, context: context, next: next)
    }

    @Test func `a request is one line with who asked for what, and no query`() async throws {
        let address = try SocketAddress(ipAddress: "::1", port: 4321)
        _ = try await AccessLog.$remoteAddress.withValue(address) {
            try await handle(request(.get, "/a/7?name=secret"), template: "/a/{id}") { _, _ in
                ActiveRequest.current?.caller = Caller(role: .fund, id: .trusted("12 3"))
                return Response(status: .accepted, body: .init(byteBuffer: ByteBuffer(string: "body")))
            }
        }
        let line = try #require(recorder.lines.first)
        #expect(recorder.lines.count == 1 && line.level == .info && line.message == "Request")
        var metadata = line.metadata
        let time = metadata.removeValue(forKey: "duration_ms") ?? ""
        #expect(time.wholeMatch(of: /[0-9]+\.[0-9]/) != nil)
        #expect(
            metadata == [
                "method": "GET", "path": "/a/7", "route": "/a/{id}", "status": "202", "bytes": "4",
                "remote": "[::1]:4321", "role": "fund", "sub": "12%203",
            ])
    }

    @Test func `a request without a route and a caller has neither`() async throws {
        _ = try await handle(request(.get, "/nowhere"), template: "NotFound") { _, _ in Response(status: .notFound) }
        let keys = recorder.lines.first.map { Set($0.metadata.keys) }
        #expect(keys == ["method", "path", "status", "bytes", "duration_ms"])
    }

    @Test func `an error is logged with its status, and thrown`() async throws {
        for (error, status) in [(HTTPError(.notFound), "404"), (CancellationError(), "500")] as [(any Error, String)] {
            await #expect(throws: (any Error).self) {
                _ = try await handle(request(), template: "/") { _, _ in throw error }
            }
            #expect(recorder.lines.last?.metadata["status"] == status)
        }
        #expect(recorder.lines.count == 2)
    }

    @Test(arguments: ["/healthz", "/readyz", "/metrics"])
    func `probes and scrapes are logged at debug`(path: String) async throws {
        for level in [Logger.Level.info, .debug] {
            _ = try await handle(request(.get, path), template: path, level: level) { _, _ in Response(status: .ok) }
        }
        #expect(recorder.lines.map(\.level) == [.debug])
    }

    @Test func `above info nothing is logged`() async throws {
        _ = try await handle(request(), template: "/", level: .notice) { _, _ in Response(status: .ok) }
        #expect(recorder.lines.isEmpty)
    }

    @Test func `whatever a request logs has its id, and nothing after it`() async throws {
        let target = request(.get, "/", fields(.requestID, "mine"))
        let logger = recorder.logger(.info, ActiveRequest.metadataProvider)
        _ = try await AccessLog(logger: logger).handle(target, context: .test) { _, _ in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { logger.info("within a child task") }
            }
            return Response(status: .ok)
        }
        logger.info("after")
        #expect(recorder.lines.map { $0.metadata["request_id"] } == ["mine", "mine", nil])
    }

    @Test func `a client's text cannot begin another key or line`() {
        #expect(AccessLog.visible("/a/b%20c") == "/a/b%20c")
        #expect(AccessLog.visible("a b\n=é\u{1}") == "a%20b%0A=%C3%A9%01")
        #expect(AccessLog.visible(String(repeating: "x", count: 1_000)).utf8.count == 256)
    }

    @Test(arguments: [
        (Duration.zero, "0.0"), (.microseconds(99), "0.0"), (.microseconds(3_250), "3.2"), (.seconds(61), "61000.0"),
    ])
    func `times are in milliseconds with one decimal`(time: Duration, text: String) {
        #expect(AccessLog.milliseconds(time) == text)
    }

    @Test func `a request that is refused before the router is logged with its reason`() {
        AccessLog.logRefusal(
            Problem(.headerFieldsTooLarge, "Too large."), id: RequestID(), from: nil, recorder.logger(.info))
        AccessLog.logRefusal(Problem(.malformed, "No."), id: RequestID(), from: nil, recorder.logger(.notice))
        #expect(recorder.lines.map { $0.metadata["status"] } == ["431"])
        #expect(recorder.lines.first?.metadata["reason"] == "Too large.")
    }
}
