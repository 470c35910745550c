import Contracts
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Testing

@testable import Web

@Suite struct AuthenticatorTests {
    private let clock = StandingClock(Issuer.now)

    private func authenticator(secret: String? = nil, keys: Data? = nil) throws -> Authenticator {
        guard let keys else {
            let settings = try AuthenticationSettings(secret: secret, keySet: nil)
            return Authenticator(settings, now: { [clock] in clock.now }, logger: .quiet)
        }
        let set = try KeySet(json: keys)
        return Authenticator(key: { set.key(for: $0) }, now: { [clock] in clock.now })
    }

    private func guardOfSecret() throws -> Authenticator { try authenticator(secret: Issuer.secretText) }

    private func bearer(_ token: String) -> Request { request([.authorization: "Bearer \(token)"]) }

    private func request(_ headers: HTTPFields) -> Request { WebTests.request(.get, "/", headers) }

    // MARK: - Who it is

    @Test(arguments: Caller.Role.allCases)
    func `role and sub are the caller`(role: Caller.Role) async throws {
        let token = try Issuer.secret.token(["role": role.rawValue, "sub": "a/я"])
        #expect(try await guardOfSecret().caller(of: bearer(token)) == Caller(role: role, id: try ID("a/я")))
    }

    @Test func `sub may be a number`() async throws {
        let token = try Issuer.secret.token(["sub": 456])
        #expect(try await guardOfSecret().caller(of: bearer(token)).name == "fund:456")
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"]) func `the scheme's case does not matter`(
        scheme: String
    ) async throws {
        let token = try Issuer.secret.token()
        #expect(
            try await guardOfSecret().caller(of: request([.authorization: "\(scheme)  \(token) "])).name == "fund:456")
    }

    @Test func `a token of our own making is taken`() async throws {
        guard case .secret(let secret) = try AuthenticationSettings(secret: Issuer.secretText, keySet: nil) else {
            Issue.record("not a secret")
            return
        }
        let token = try await DevelopmentToken.make(
            role: .volunteer, id: ID("7"), lifetime: .seconds(60), secret: secret, now: Issuer.now)
        let authenticator = try guardOfSecret()
        #expect(try await authenticator.caller(of: bearer(token)).name == "volunteer:7")
        clock.now = Issuer.now.advanced(by: .seconds(60))
        await #expect(throws: Problem.self) { try await authenticator.caller(of: bearer(token)) }
    }

    @Test func `behind an open door everybody is service, on this machine`() async throws {
        let authenticator = Authenticator(.open, logger: .quiet)
        let caller = try await authenticator.caller(of: request([.authorization: "whatever"]))
        #expect(caller == Caller(role: .service, id: nil))
        let stranger = WebTests.request(authority: "evil.example")
        let problem = await #expect(throws: Problem.self) { try await authenticator.caller(of: stranger) }
        #expect(problem?.code == .misdirectedRequest)
    }

    // MARK: - Whose signature

    @Test(arguments: [Issuer.rs256, .es256, .es384, .es512, .edDSA], [true, false])
    func `a key's own algorithm is taken, said or implied`(issuer: Issuer, isSaid: Bool) async throws {
        let extra = isSaid ? ["kid": "k", "alg": issuer.algorithm] : ["kid": "k"]
        let authenticator = try authenticator(keys: Issuer.keySet((issuer, extra)))
        for header in [["kid": "k"], [:]] {
            let token = try issuer.token(header: header)
            #expect(try await authenticator.caller(of: bearer(token)).name == "fund:456")
        }
    }

    /// The public key's text, however it is written down, is a secret that everybody knows.
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
    func `a secret is for HS256 alone`(algorithm: String) async throws {
        try await refuses(guardOfSecret(), Issuer.secret.token(header: ["alg": algorithm]))
    }

    @Test func `another's signature is refused`() async throws {
        try await refuses(guardOfSecret(), Issuer.hs256(Data("another secret of thirty-two bytes!!".utf8)).token())
        let keys = try authenticator(keys: Issuer.keySet((.es256, ["kid": "a"]), (.edDSA, ["kid": "b"])))
        try await refuses(keys, Issuer.es256.token(header: ["kid": "b"]))
        try await refuses(keys, Issuer.es256.token(header: ["kid": "c"]))
        try await refuses(keys, Issuer.secret.token(header: ["kid": "a"]))
    }

    @Test func `a token without kid is for the only key of its algorithm`() async throws {
        let other = Issuer(algorithm: "ES256", jwk: Issuer.es256.jwk, sign: Issuer.es256.sign)
        let two = try authenticator(keys: Issuer.keySet((.es256, ["kid": "a"]), (other, ["kid": "b"])))
        try await refuses(two, Issuer.es256.token())
        #expect(try await two.caller(of: bearer(Issuer.es256.token(header: ["kid": "b"]))).name == "fund:456")
    }

    @Test func `no part of a token may be changed`() async throws {
        let authenticator = try guardOfSecret()
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

    // MARK: - What is in it

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
    func `claims that break a rule are refused, though signed`(payload: String) async throws {
        let token = try Issuer.secret.token(rawHeader: Data(#"{"alg":"HS256"}"#.utf8), payload: Data(payload.utf8))
        try await refuses(guardOfSecret(), token)
    }

    @Test(arguments: [1_795_000_000.001, 1_795_000_001, 1e15, 1e300])
    func `exp is in the future`(exp: Double) async throws {
        let token = try Issuer.secret.token(["exp": exp])
        #expect(try await guardOfSecret().caller(of: bearer(token)).name == "fund:456")
    }

    @Test(arguments: [1_795_000_000, 1_794_999_999.999, 0, -1, -1e300])
    func `or the token is over`(exp: Double) async throws {
        try await refuses(guardOfSecret(), Issuer.secret.token(["exp": exp]), saying: "expired")
    }

    @Test(arguments: [(1_795_000_000, true), (1_795_000_000.5, false), (1_795_000_060, false), (-1e300, true)])
    func `nbf is not`(nbf: Double, isGood: Bool) async throws {
        let token = try Issuer.secret.token(["nbf": nbf])
        if isGood {
            #expect(try await guardOfSecret().caller(of: bearer(token)).name == "fund:456")
        } else {
            try await refuses(guardOfSecret(), token, saying: "not valid yet")
        }
    }

    /// 1e300 is what stopped the process in the library's reading of headers.
    @Test(arguments: [
        #"{"alg":"HS256","x":1e300}"#, #"{"alg":"HS256","typ":"JWT","kid":"unknown","jku":"http://evil.example/"}"#,
        #"{"alg":"HS256","x":{"y":[null,true,-1.5]}}"#,
    ])
    func `what else a header says does not matter`(header: String) async throws {
        let payload = Data(#"{"sub":"456","role":"fund","exp":1795000001}"#.utf8)
        let token = try Issuer.secret.token(rawHeader: Data(header.utf8), payload: payload)
        #expect(try await guardOfSecret().caller(of: bearer(token)).name == "fund:456")
    }

    @Test(arguments: [
        #"{"alg":"HS256","crit":["exp"]}"#, #"{"alg":"HS256","crit":[]}"#, #"{"alg":"HS256","crit":null}"#,
        #"{"alg":"HS256","b64":false,"crit":["b64"]}"#, #"{}"#, #"{"alg":null}"#, #"{"alg":["HS256"]}"#,
        #"{"alg":"HS256","kid":1}"#, "[]", "null", "", "{", "HS256",
        String(repeating: "[", count: 3_000), #"{"alg":"HS256","x":"# + String(repeating: "[", count: 3_000),
    ])
    func `a header that breaks a rule is refused, though signed`(header: String) async throws {
        let payload = Data(#"{"sub":"456","role":"fund","exp":1795000001}"#.utf8)
        try await refuses(guardOfSecret(), Issuer.secret.token(rawHeader: Data(header.utf8), payload: payload))
    }

    // MARK: - How it comes

    @Test(arguments: [
        ".", "..", "...", "a.b.c", "a.b", "=.=.=", "ey.ey.ey", "eyJhbGciOiJub25lIn0.e30.", "a b.c.d", "é.é.é",
        String(repeating: "a", count: 8_192), String(repeating: ".", count: 8_192),
    ])
    func `garbage is refused`(token: String) async throws {
        try await refuses(guardOfSecret(), token)
    }

    @Test func `a token of more than 8 KiB is refused, though good`() async throws {
        let authenticator = try guardOfSecret()
        let good = try Issuer.secret.token(["x": String(repeating: "x", count: 5_800)])
        let large = try Issuer.secret.token(["x": String(repeating: "x", count: 6_200)])
        #expect(good.utf8.count < 8_192 && large.utf8.count > 8_192)
        #expect(try await authenticator.caller(of: bearer(good)).name == "fund:456")
        try await refuses(authenticator, large)
    }

    @Test(arguments: [nil, "", "Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearer\tx"])
    func `without a bearer token, the challenge has no error`(value: String?) async throws {
        let request = request(value.map { [.authorization: $0] } ?? [:])
        let problem = await #expect(throws: Problem.self) { try await guardOfSecret().caller(of: request) }
        #expect(problem == .unauthenticated)
    }

    @Test func `two tokens are one too many`() async throws {
        let value = "Bearer \(try Issuer.secret.token())"
        let request = request(fields(.authorization, value, value))
        let problem = await #expect(throws: Problem.self) { try await guardOfSecret().caller(of: request) }
        #expect(problem?.code == .unauthorized)
    }

    // MARK: - Once more

    @Test func `a token that was good is over when it says so`() async throws {
        let authenticator = try guardOfSecret()
        let token = try Issuer.secret.token(["exp": 1_795_000_060])
        for second in [0, 1, 59] {
            clock.now = Issuer.now.advanced(by: .seconds(second))
            #expect(try await authenticator.caller(of: bearer(token)).name == "fund:456")
        }
        clock.now = Issuer.now.advanced(by: .seconds(60))
        try await refuses(authenticator, token, saying: "expired")
    }

    @Test func `a token that was good is not verified again for five minutes`() async throws {
        let asked = Counter()
        let keys = KeySet([VerificationKey(secret: .init(data: Data(Issuer.secretText.utf8)))])
        let authenticator = Authenticator(
            key: { token in
                asked.increment()
                return keys.key(for: token)
            }, now: { [clock] in clock.now })
        let token = try Issuer.secret.token()
        for second in [0, 1, 299] {
            clock.now = Issuer.now.advanced(by: .seconds(second))
            _ = try await authenticator.caller(of: bearer(token))
        }
        #expect(asked.count == 1)
        clock.now = Issuer.now.advanced(by: .seconds(300))
        _ = try await authenticator.caller(of: bearer(token))
        #expect(asked.count == 2)
    }

    @Test func `however many tokens come, few are remembered`() throws {
        let tokens = VerifiedTokens()
        let caller = Caller(role: .fund, id: try ID("1"))
        let claims = TokenClaims(caller: caller, notBefore: nil, expires: Issuer.now.advanced(by: .seconds(60)))
        for number in 0..<25_000 { tokens.remember(claims, of: "token \(number)", at: Issuer.now) }
        #expect(tokens.count <= VerifiedTokens.most)
        #expect(tokens.caller(of: "token 24999", at: Issuer.now) == caller)
        #expect(tokens.caller(of: "token 24999", at: Issuer.now.advanced(by: .seconds(60))) == nil)
    }

    /// One text for all that a forger could learn from; the challenge of RFC 6750 with each.
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
