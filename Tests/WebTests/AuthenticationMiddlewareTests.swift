import Contracts
import Hummingbird
import TestSupport
import Testing

@testable import Web

@Suite struct AuthenticationMiddlewareTests {
    @Test func `the context has the caller of the token`() async throws {
        let settings = try AuthenticationSettings(secret: Issuer.secretText, keySet: nil)
        let middleware = AuthenticationMiddleware<TestContext>(
            Authenticator(settings, now: { Issuer.now }, logger: .quiet))
        let request = request(.get, "/", [.authorization: "Bearer \(try Issuer.secret.token())"])
        let response = try await middleware.handle(request, context: TestContext()) { _, context in
            #expect(context.caller?.name == "fund:456")
            return Response(status: .ok)
        }
        #expect(response.status == .ok)
    }

    @Test func `a request without a token goes no further`() async throws {
        let settings = try AuthenticationSettings(secret: Issuer.secretText, keySet: nil)
        let middleware = AuthenticationMiddleware<TestContext>(Authenticator(settings, logger: .quiet))
        let problem = await #expect(throws: Problem.self) {
            try await middleware.handle(request(), context: TestContext()) { _, _ in
                Issue.record("called without a caller")
                return Response(status: .ok)
            }
        }
        #expect(problem == .unauthenticated)
        let missing = #expect(throws: Problem.self) { try TestContext().requireCaller() }
        #expect(missing == .unauthenticated)
    }

    @Test func `the loopback rule refuses other hosts`() async throws {
        let middleware = LoopbackMiddleware<TestContext>()
        let response = try await middleware.handle(request(), context: TestContext()) { _, _ in Response(status: .ok) }
        #expect(response.status == .ok)
        let problem = await #expect(throws: Problem.self) {
            try await middleware.handle(request(authority: "evil.example"), context: TestContext()) { _, _ in
                Response(status: .ok)
            }
        }
        #expect(problem?.code == .misdirectedRequest)
    }
}
