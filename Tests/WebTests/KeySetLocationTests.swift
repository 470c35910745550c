import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import TestSupport
import Testing

@testable import Web

@Suite struct KeySetLocationTests {
    /// A valid key set, and a path for each way in which a server can fail to deliver one.
    private static func issuer() throws -> Router<BasicRequestContext> {
        let keys = try Issuer.keySet((.es256, ["kid": "a"]))
        let router = Router()
        router.get("keys") { _, _ in ByteBuffer(bytes: keys) }
        router.get("moved") { _, _ in Response.redirect(to: "/keys") }
        router.get("html") { _, _ in "<html>" }
        router.get("large") { _, _ in ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 20) }
        router.get("larger") { _, _ in ByteBuffer(repeating: UInt8(ascii: " "), count: (1 << 20) + 1) }
        router.get("silent") { _, _ in
            await simulateDelay(.seconds(3_600))
            return "late"
        }
        router.get("trickle") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    for _ in 0..<36_000 {
                        try await writer.write(ByteBuffer(string: " "))
                        await simulateDelay(.milliseconds(100))
                    }
                    try await writer.finish(nil)
                })
        }
        return router
    }

    @Test func `keys are fetched from a URL`() async throws {
        try await withServer(Self.issuer()) { port in
            let location = try KeySetLocation("http://127.0.0.1:\(port)/keys")
            #expect(try await location.load().keys.count == 1)
        }
    }

    /// The silent and the trickling server would take an hour.
    @Test(
        .timeLimit(.minutes(20)),
        arguments: [
            ("moved", "answers 303"), ("none", "answers 404"), ("html", "no JSON Web Key Set"),
            ("large", "no JSON Web Key Set"), ("larger", ""), ("silent", ""), ("trickle", "in time"),
        ])
    func `a server without a key set is an error in time`(path: String, words: String) async throws {
        try await withServer(Self.issuer()) { port in
            let location = KeySetLocation.url("http://127.0.0.1:\(port)/\(path)")
            let limit: Duration = ["silent", "trickle"].contains(path) ? .milliseconds(300) : testTimeout
            let error = await #expect(throws: (any Error).self) { try await location.load(within: limit) }
            #expect(words.isEmpty || "\(error.map { "\($0)" } ?? "")".contains(words))
        }
    }

    @Test func `an unreachable server is an error`() async throws {
        let location = KeySetLocation.url("http://127.0.0.1:1/")
        await #expect(throws: (any Error).self) { try await location.load(within: .milliseconds(300)) }
    }
}
