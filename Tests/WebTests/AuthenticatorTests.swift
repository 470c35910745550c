import Contracts
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import TestSupport
import Testing

@testable import Web

@Suite struct AuthenticatorTests {
    private let clock = TestClock(Issuer.now)

    private func authenticator(secret: String? = nil, keys: Data? = nil) throws -> Authenticator {
        guard let keys else {
            let settings = try AuthenticationSettings(secret: secret, keySet: nil)
            return Authenticator(settings, now: { [clock] in clock.now }, logger: .quiet)
        }
        let set = try KeySet(json: keys)
        return Authenticator(key: { set.key(for: $0) }, now: { [clock] in clock.now }, logger: .quiet)
    }

    private func secretAuthenticator() throws -> Authenticator { try authenticator(secret: Issuer.secretText) }

    private func bearer(_ token: String) -> Request { request([.authorization: "Bearer \(token)"]) }

    private func request(_ headers: HTTPFields) -> Request { WebTests.request(.get, "/", headers) }

    // MARK: - As middleware

    private var context: AuthenticationContext { AuthenticationContext(source: .test) }

    @Test func `the context has the caller of the token`() async throws {
        let request = bearer(try Issuer.secret.token())
        let response = try await secretAuthenticator().handle(request, context: context) { _, context in
            #expect(context.caller?.name == "fund:456")
            return Response(status: .ok)
        }
        #expect(response.status == .ok)
    }

    @Test func `a request without a token goes no further`() async throws {
        let problem = await #expect(throws: Problem.self) {
            try await secretAuthenticator().handle(request([:]), context: context) { _, _ in
                Issue.record("called without a caller")
                return Response(status: .ok)
            }
        }
        #expect(problem == .unauthenticated)
    }

    // MARK: - The caller

    @Test(arguments: Caller.Role.allCases)
    func `the caller is the token's role and sub`(role: Caller.Role) async throws {
        let token = try Issuer.secret.token(["role": role.rawValue, "sub": "a/я"])
        #expect(try await secretAuthenticator().caller(of: bearer(token)) == Caller(role: role, id: try ID("a/я")))
    }

    @Test func `sub may be a number`() async throws {
        let token = try Issuer.secret.token(["sub": 456])
        #expect(try await secretAuthenticator().caller(of: bearer(token)).name == "fund:456")
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"]) func `the scheme's case does not matter`(
        scheme: String
    ) async throws {
        let token = try Issuer.secret.token()
        #expect(
            try await secretAuthenticator().caller(of: request([.authorization: "\(scheme)  \(token) "])).name
                == "fund:456")
    }

    @Test func `a development token is accepted`() async throws {
        let secret = SymmetricKey(data: Data(Issuer.secretText.utf8))
        let token = try await DevelopmentToken.make(
            role: .volunteer, id: ID("7"), lifetime: .seconds(60), secret: secret, now: Issuer.now)
        let authenticator = try secretAuthenticator()
        #expect(try await authenticator.caller(of: bearer(token)).name == "volunteer:7")
        clock.now = Issuer.now.advanced(by: .seconds(60) + TokenRules.leeway)
        await #expect(throws: Problem.self) { try await authenticator.caller(of: bearer(token)) }
    }

    @Test func `without authentication every caller on loopback is service`() async throws {
        let authenticator = Authenticator(.disabled, logger: .quiet)
        let caller = try await authenticator.caller(of: request([.authorization: "whatever"]))
        #expect(caller == Caller(role: .service, id: nil))
        let remote = WebTests.request(authority: "evil.example")
        let problem = await #expect(throws: Problem.self) { try await authenticator.caller(of: remote) }
        #expect(problem?.code == .misdirectedRequest)
    }

    // MARK: - Signatures

    @Test(arguments: [Issuer.rs256, .es256, .es384, .es512, .edDSA], [true, false])
    func `a key's own algorithm is accepted, stated or implied`(issuer: Issuer, isStated: Bool) async throws {
        let extra = isStated ? ["kid": "k", "alg": issuer.algorithm] : ["kid": "k"]
        let authenticator = try authenticator(keys: Issuer.keySet((issuer, extra)))
        for header in [["kid": "k"], [:]] {
            let token = try issuer.token(header: header)
            #expect(try await authenticator.caller(of: bearer(token)).name == "fund:456")
        }
    }

    /// The text of a public key, in any form, is known to everyone.
    @Test func `a token signed by HS256 with a public key's text is refused`() async throws {
        let keys = try Issuer.keySet((.rs256, ["kid": "k"]))
        let authenticator = try authenticator(keys: keys)
        let jwk = try JSONSerialization.data(withJSONObject: Issuer.rs256.jwk, options: .sortedKeys)
        for secret in [keys, jwk, Data((Issuer.rs256.jwk["n"] ?? "").utf8), Data()] {
            try await refuses(authenticator, Issuer.hs256(secret).token(header: ["kid": "k"]))
        }
    }

    @Test(arguments: [Issuer.es256, .es384, .rs256, .edDSA], ["RS384", "PS256", "ES256K", "ES512", "HS256", "none"])
    func `another algorithm than the key's is refused`(issuer: Issuer, algorithm: String) async throws {
        let authenticator = try authenticator(keys: Issuer.keySet((issuer, ["kid": "k"])))
        try await refuses(authenticator, issuer.token(header: ["kid": "k", "alg": algorithm]))
    }

    @Test(arguments: ["none", "None", "NONE", "hs256", "HS384", "HS512", "RS256", "", " HS256"])
    func `a secret is only for HS256`(algorithm: String) async throws {
        try await refuses(secretAuthenticator(), Issuer.secret.token(header: ["alg": algorithm]))
    }

    @Test func `a signature by another key is refused`() async throws {
        try await refuses(
            secretAuthenticator(), Issuer.hs256(Data("another secret of thirty-two bytes!!".utf8)).token())
        let keys = try authenticator(keys: Issuer.keySet((.es256, ["kid": "a"]), (.edDSA, ["kid": "b"])))
        try await refuses(keys, Issuer.es256.token(header: ["kid": "b"]))
        try await refuses(keys, Issuer.es256.token(header: ["kid": "c"]))
        try await refuses(keys, Issuer.secret.token(header: ["kid": "a"]))
    }

    @Test func `a token without kid needs a single key with its algorithm`() async throws {
        let other = Issuer(algorithm: "ES256", jwk: Issuer.es256.jwk, sign: Issuer.es256.sign)
        let two = try authenticator(keys: Issuer.keySet((.es256, ["kid": "a"]), (other, ["kid": "b"])))
        try await refuses(two, Issuer.es256.token())
        #expect(try await two.caller(of: bearer(Issuer.es256.token(header: ["kid": "b"]))).name == "fund:456")
    }

    @Test func `a token with any changed part is refused`() async throws {
        let authenticator = try secretAuthenticator()
        let parts = try Issuer.secret.token().split(separator: ".").map(String.init)
        let other = try Issuer.secret.token(["role": "service"]).split(separator: ".").map(String.init)
        for forged in [
            [parts[0], other[1], parts[2]], [parts[0], parts[1], other[2]], [parts[0], parts[1], ""],
            [parts[0], parts[1]], [parts[0], parts[1], parts[2], ""], [parts[0], parts[1], parts[2] + "AA"],
            [parts[0], parts[1], String(parts[2].dropLast(2))],
        ] {
            try await refuses(authenticator, forged.joined(separator: "."))
        }
    }

    // MARK: - Claims

    @Test(arguments: [
        #"{"role":"fund","exp":1795000001}"#, #"{"sub":"456","exp":1795000001}"#, #"{"sub":"456","role":"fund"}"#,
        #"{"sub":"","role":"fund","exp":1795000001}"#, #"{"sub":"a*","role":"fund","exp":1795000001}"#,
        #"{"sub":-1,"role":"fund","exp":1795000001}"#, #"{"sub":1.5,"role":"fund","exp":1795000001}"#,
        #"{"sub":1e300,"role":"fund","exp":1795000001}"#, #"{"sub":1000000000000000,"role":"fund","exp":1795000001}"#,
        #"{"sub":null,"role":"fund","exp":1795000001}"#, #"{"sub":["456"],"role":"fund","exp":1795000001}"#,
        #"{"sub":"456","role":"admin","exp":1795000001}"#, #"{"sub":"456","role":"Fund","exp":1795000001}"#,
        #"{"sub":"456","role":["fund"],"exp":1795000001}"#, #"{"sub":"456","role":"fund","exp":"1795000001"}"#,
        #"{"sub":"456","role":"fund","exp":null}"#, #"{"sub":"456","role":"fund","exp":true}"#,
        #"{"sub":"456","role":"fund","exp":1795000001,"nbf":"0"}"#, "[]", "null", "", "456", "{", "\u{feff}{}",
    ])
    func `invalid claims are refused, though signed`(payload: String) async throws {
        let token = try Issuer.secret.token(rawHeader: Data(#"{"alg":"HS256"}"#.utf8), payload: Data(payload.utf8))
        try await refuses(secretAuthenticator(), token)
    }

    @Test(arguments: [1_794_999_940.001, 1_795_000_000, 1_795_000_001, 1e15, 1e300])
    func `exp in the future is accepted, or in the last minute`(exp: Double) async throws {
        let token = try Issuer.secret.token(["exp": exp])
        #expect(try await secretAuthenticator().caller(of: bearer(token)).name == "fund:456")
    }

    @Test(arguments: [1_794_999_940, 1_794_999_939.999, 0, -1, -1e300])
    func `any other exp is refused`(exp: Double) async throws {
        try await refuses(secretAuthenticator(), Issuer.secret.token(["exp": exp]), saying: "expired")
    }

    @Test(arguments: [
        (1_795_000_000, true), (1_795_000_060, true), (1_795_000_060.5, false), (1e300, false), (-1e300, true),
    ])
    func `nbf may be at most a minute in the future`(nbf: Double, isAccepted: Bool) async throws {
        let token = try Issuer.secret.token(["nbf": nbf])
        if isAccepted {
            #expect(try await secretAuthenticator().caller(of: bearer(token)).name == "fund:456")
        } else {
            try await refuses(secretAuthenticator(), token, saying: "not valid yet")
        }
    }

    @Test(
        arguments: [
            (["iss": "us"], "another audience"), (["aud": "here"], "another issuer"), ([:], "another issuer"),
            (["iss": "US", "aud": "here"], "another issuer"), (["iss": "us", "aud": "there"], "another audience"),
            (["iss": "us", "aud": "here"], nil),
        ] as [([String: String], String?)])
    func `the issuer and the audience are those of the settings`(
        claims: [String: String], refusal: String?
    ) async throws {
        let authenticator = Authenticator(
            try AuthenticationSettings(secret: Issuer.secretText, keySet: nil),
            rules: TokenRules(issuer: "us", audience: "here"), now: { [clock] in clock.now }, logger: .quiet)
        let token = try Issuer.secret.token(claims)
        if let refusal {
            try await refuses(authenticator, token, saying: refusal)
        } else {
            #expect(try await authenticator.caller(of: bearer(token)).name == "fund:456")
            let several = try Issuer.secret.token(["iss": "us", "aud": ["there", "here"]])
            #expect(try await authenticator.caller(of: bearer(several)).name == "fund:456")
        }
    }

    /// 1e300 trapped in JWTKit's parsing of headers.
    @Test(arguments: [
        #"{"alg":"HS256","x":1e300}"#, #"{"alg":"HS256","typ":"JWT","kid":"unknown","jku":"http://evil.example/"}"#,
        #"{"alg":"HS256","x":{"y":[null,true,-1.5]}}"#,
    ])
    func `other header fields are ignored`(header: String) async throws {
        let payload = Data(#"{"sub":"456","role":"fund","exp":1795000001}"#.utf8)
        let token = try Issuer.secret.token(rawHeader: Data(header.utf8), payload: payload)
        #expect(try await secretAuthenticator().caller(of: bearer(token)).name == "fund:456")
    }

    @Test(arguments: [
        #"{"alg":"HS256","crit":["exp"]}"#, #"{"alg":"HS256","crit":[]}"#, #"{"alg":"HS256","crit":null}"#,
        #"{"alg":"HS256","b64":false,"crit":["b64"]}"#, #"{}"#, #"{"alg":null}"#, #"{"alg":["HS256"]}"#,
        #"{"alg":"HS256","kid":1}"#, "[]", "null", "", "{", "HS256",
        String(repeating: "[", count: 3_000), #"{"alg":"HS256","x":"# + String(repeating: "[", count: 3_000),
    ])
    func `an invalid header is refused, though signed`(header: String) async throws {
        let payload = Data(#"{"sub":"456","role":"fund","exp":1795000001}"#.utf8)
        try await refuses(secretAuthenticator(), Issuer.secret.token(rawHeader: Data(header.utf8), payload: payload))
    }

    // MARK: - The header field

    @Test(arguments: [
        ".", "..", "...", "a.b.c", "a.b", "=.=.=", "ey.ey.ey", "eyJhbGciOiJub25lIn0.e30.", "a b.c.d", "é.é.é",
        String(repeating: "a", count: 8_192), String(repeating: ".", count: 8_192),
    ])
    func `garbage is refused`(token: String) async throws {
        try await refuses(secretAuthenticator(), token)
    }

    @Test func `a token of more than 8 KiB is refused, though valid`() async throws {
        let authenticator = try secretAuthenticator()
        let small = try Issuer.secret.token(["x": String(repeating: "x", count: 5_800)])
        let large = try Issuer.secret.token(["x": String(repeating: "x", count: 6_200)])
        #expect(small.utf8.count < 8_192 && large.utf8.count > 8_192)
        #expect(try await authenticator.caller(of: bearer(small)).name == "fund:456")
        try await refuses(authenticator, large)
    }

    @Test(arguments: [nil, "", "Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearer\tx"])
    func `without a bearer token, the challenge has no error`(value: String?) async throws {
        let request = request(value.map { [.authorization: $0] } ?? [:])
        let problem = await #expect(throws: Problem.self) { try await secretAuthenticator().caller(of: request) }
        #expect(problem == .unauthenticated)
    }

    @Test func `two tokens are refused`() async throws {
        let value = "Bearer \(try Issuer.secret.token())"
        let request = request(fields(.authorization, value, value))
        let problem = await #expect(throws: Problem.self) { try await secretAuthenticator().caller(of: request) }
        #expect(problem?.code == .unauthorized)
    }

    // MARK: - Repeated requests

    @Test func `a verified token expires a minute after its exp`() async throws {
        let authenticator = try secretAuthenticator()
        let token = try Issuer.secret.token(["exp": 1_795_000_060])
        for second in [0, 1, 59, 60, 119] {
            clock.now = Issuer.now.advanced(by: .seconds(second))
            #expect(try await authenticator.caller(of: bearer(token)).name == "fund:456")
        }
        clock.now = Issuer.now.advanced(by: .seconds(120))
        try await refuses(authenticator, token, saying: "expired")
    }

    @Test func `a verified token is not verified again for five minutes`() async throws {
        let lookups = EventCounter()
        let keys = KeySet([VerificationKey(secret: .init(data: Data(Issuer.secretText.utf8)))])
        let authenticator = Authenticator(
            key: { token in
                lookups.increment()
                return keys.key(for: token)
            }, now: { [clock] in clock.now }, logger: .quiet)
        let token = try Issuer.secret.token()
        for second in [0, 1, 299] {
            clock.now = Issuer.now.advanced(by: .seconds(second))
            _ = try await authenticator.caller(of: bearer(token))
        }
        #expect(lookups.count == 1)
        clock.now = Issuer.now.advanced(by: .seconds(300))
        _ = try await authenticator.caller(of: bearer(token))
        #expect(lookups.count == 2)
    }

    /// All faults that a forger could learn from have one text, and each response the challenge of RFC 6750.
    private func refuses(
        _ authenticator: Authenticator, _ token: String, saying words: String = "The bearer token is not valid.",
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let problem = await #expect(throws: Problem.self, sourceLocation: location) {
            try await authenticator.caller(of: bearer(token))
        }
        #expect(problem?.code == .unauthorized, sourceLocation: location)
        #expect(problem?.detail.contains(words) == true, sourceLocation: location)
        #expect(
            problem?.headers[.wwwAuthenticate]?.contains("error=\"invalid_token\"") == true, sourceLocation: location)
    }
}
