import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct HTTPServerTests {
    /// Keeps the address of each "Serving HTTP".
    private struct AddressRecorder: LogHandler {
        let addresses: AsyncStream<String>.Continuation
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.message == "Serving HTTP", let address = event.metadata?[LogKey.address] else { return }
            addresses.yield("\(address)")
        }
    }

    private func server(
        port: Int, isReplaceable: Bool, logger: Logger = .quiet
    ) -> HTTPServer {
        HTTPServer(
            HTTPServer.Address(host: "127.0.0.1", port: port, settings: "A, B", isReplaceable: isReplaceable),
            maxConnections: 10, logger: logger
        ) { router in router.get("hello") { _, _ in "hello" } }
    }

    @Test func `a port that was chosen and is in use is an error that names its settings`() async throws {
        try await withServer(Router()) { port in
            let error = await #expect(throws: HTTPServer.ListenError.self) {
                try await server(port: port, isReplaceable: false).run()
            }
            #expect(error?.description.hasPrefix("A, B: cannot listen on 127.0.0.1:\(port): ") == true)
        }
    }

    @Test func `instead of a default port that is in use a free one is used, and logged`() async throws {
        try await withServer(Router()) { port in
            let (addresses, continuation) = AsyncStream.makeStream(of: String.self)
            let logger = Logger(label: "test") { _ in AddressRecorder(addresses: continuation) }
            let server = server(port: port, isReplaceable: true, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                defer { group.cancelAll() }
                var iterator = addresses.makeAsyncIterator()
                let address = try #require(await iterator.next())
                let free = try #require(address.split(separator: ":").last.flatMap { Int($0) })
                #expect(free != port)
                try await connection(to: free) { inbound, outbound in
                    try await outbound.write(
                        ByteBuffer(string: "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    #expect(try await text(inbound).hasSuffix("hello"))
                }
            }
        }
    }
}
