package import Contracts
package import Hummingbird
package import Logging

/// Tells who is calling by the request's bearer token, a signed JWT (RFC 6750, RFC 7519, and the advice of RFC 8725).
package final class Authenticator: Sendable {
    /// The key a token is to be verified with; nil behind an open door.
    private let key: (@Sendable (SignedToken) async throws(Problem) -> VerificationKey?)?
    private let now: @Sendable () -> Timestamp
    private let verified = VerifiedTokens()

    /// - Parameter now: the wall clock, which tokens' times are compared with. There is no leeway.
    package convenience init(
        _ settings: AuthenticationSettings, now: @escaping @Sendable () -> Timestamp = { .now() }, logger: Logger
    ) {
        switch settings {
        case .open: self.init(key: nil, now: now)
        case .secret(let secret):
            let keys = KeySet([VerificationKey(secret: secret)])
            self.init(key: { keys.key(for: $0) }, now: now)
        case .keySet(let location):
            let source = KeySource(logger: logger) { try await location.load() }
            self.init(key: { token throws(Problem) in try await source.key(for: token) }, now: now)
        }
    }

    init(
        key: (@Sendable (SignedToken) async throws(Problem) -> VerificationKey?)?,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.key = key
        self.now = now
    }

    /// - Throws: `unauthorized`; `unavailable` while the key set cannot be had; behind an open door
    ///   `misdirectedRequest` (``LoopbackRule``).
    package func caller(of request: Request) async throws(Problem) -> Caller {
        guard let key else {
            try LoopbackRule.check(request)
            return Caller(role: .service, id: nil)
        }
        let text = try SignedToken.text(in: request.headers)
        let now = now()
        if let caller = verified.caller(of: text, at: now) { return caller }
        guard let token = SignedToken(text), let key = try await key(token),
            let claims = try? await key.claims(of: token)
        else { throw .badToken }
        try claims.check(at: now)
        verified.remember(claims, of: text, at: now)
        return claims.caller
    }
}
