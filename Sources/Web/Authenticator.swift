package import Contracts
package import Hummingbird
package import Logging

/// Identifies the caller by the request's bearer token, a signed JWT (RFC 6750, RFC 7519; verified as RFC 8725
/// advises).
package final class Authenticator: Sendable {
    /// The key that verifies a token; nil when authentication is disabled.
    private let key: (@Sendable (SignedToken) async throws(Problem) -> VerificationKey?)?
    private let now: @Sendable () -> Timestamp
    private let verifiedTokens = VerifiedTokenCache()

    /// - Parameter now: the wall clock that the tokens' times are compared with, without leeway.
    package convenience init(
        _ settings: AuthenticationSettings, now: @escaping @Sendable () -> Timestamp = { .now() }, logger: Logger
    ) {
        switch settings {
        case .disabled: self.init(key: nil, now: now)
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

    /// - Throws: `unauthorized`; `unavailable` while there is no key set; `misdirectedRequest` when authentication is
    ///   disabled and the request is not for a loopback host (``LoopbackRule``).
    package func caller(of request: Request) async throws(Problem) -> Caller {
        guard let key else {
            try LoopbackRule.check(request)
            return Caller(role: .service, id: nil)
        }
        let text = try SignedToken.text(in: request.headers)
        let now = now()
        if let caller = verifiedTokens.caller(of: text, at: now) { return caller }
        guard let token = SignedToken(text), let key = try await key(token),
            let claims = try? await key.claims(of: token)
        else { throw .invalidToken }
        try claims.check(at: now)
        verifiedTokens.insert(claims, of: text, at: now)
        return claims.caller
    }
}
