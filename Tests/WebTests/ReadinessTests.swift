import Hummingbird
import TestSupport
import Testing

@testable import Web

@Suite struct ReadinessTests {
    private func address(_ port: Int, host: String = "127.0.0.1") -> HTTPServer.Address {
        HTTPServer.Address(host: host, port: port, settings: "A, B")
    }

    private func router(problems: [String]) -> Router<BasicRequestContext> {
        let router = Router()
        HealthRoutes(problems: { problems }, metrics: { "" }).addProbes(to: router)
        return router
    }

    @Test func `a server that is ready says so, and one that is not says why`() async throws {
        try await withServer(router(problems: [])) { port in
            #expect(await address(port).readiness() == .ready)
        }
        try await withServer(router(problems: ["a: no broker", "b: no disk"])) { port in
            #expect(await address(port).readiness() == .notReady("not ready\na: no broker\nb: no disk\n"))
        }
    }

    @Test func `a server that does not answer is not ready`() async throws {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        let router = Router()
        router.get("readyz") { _, _ in
            for await _ in never {}
            return "ready\n"
        }
        try await withServer(router) { port in
            let readiness = await address(port).readiness(within: .milliseconds(200))
            guard case .notReady(let reason) = readiness else {
                Issue.record("it is ready")
                return
            }
            #expect(reason.contains("http://127.0.0.1:\(port)/readyz"))
        }
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("fd00::7", "[fd00::7]"),
        ("localhost", "localhost"),
    ])
    func `a server is asked where it listens, on loopback if everywhere`(host: String, asked: String) {
        #expect(address(8081, host: host).readinessURL == "http://\(asked):8081/readyz")
    }
}
