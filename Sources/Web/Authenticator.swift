package import Contracts
import HTTPTypes
package import Hummingbird
package import Logging

/// Admits only authenticated callers, and sets the context's caller: the one of the request's bearer token, a signed
/// JWT (RFC 6750, RFC 7519; verified as RFC 8725 advises).
package struct Authenticator: RouterMiddleware {
    /// The key that verifies a token; nil when authentication is disabled.
    private let key: (@Sendable (SignedToken) async throws(Problem) -> VerificationKey?)?
    private let now: @Sendable () -> Timestamp
    private let verifiedTokens = VerifiedTokenCache()

    /// - Parameter now: the wall clock that the tokens' times are compared with, without leeway.
    package init(
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

    @concurrent package func handle(
        _ request: Request, context: AuthenticationContext,
        next: @concurrent (Request, AuthenticationContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.caller = try await caller(of: request)
        return try await next(request, context)
    }

    /// - Throws: `unauthorized`; `unavailable` while there is no key set; `misdirectedRequest` when authentication is
    ///   disabled and the request is not for a loopback host (``LoopbackRule``).
    func caller(of request: Request) async throws(Problem) -> Caller {
        guard let key else {
            try LoopbackRule.check(request)
            return Caller(role: .service, id: nil)
        }
        let text = try Self.bearerToken(in: request.headers)
        let now = now()
        if let caller = verifiedTokens.caller(of: text, at: now) { return caller }
        guard let token = SignedToken(text), let key = try await key(token),
            let claims = try? await key.claims(of: token)
        else { throw .invalidToken }
        try claims.check(at: now)
        verifiedTokens.insert(claims, of: text, at: now)
        return claims.caller
    }

    /// - Throws: `unauthorized` unless there is exactly one token, of at most ``SignedToken/maxBytes``.
    private static func bearerToken(in fields: HTTPFields) throws(Problem) -> String {
        let values = fields[values: .authorization]
        guard let value = values.first else { throw .unauthenticated }
        guard values.count == 1 else { throw .unauthorized("There is more than one Authorization header.") }
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw .unauthenticated }
        let token = words[1].drop { $0 == " " || $0 == "\t" }
        guard (1...SignedToken.maxBytes).contains(token.utf8.count) else { throw .invalidToken }
        return String(token)
    }
}

/// The context of a request while ``Authenticator`` identifies its caller. The routes' own context is a child of it, in
/// which the caller is not optional.
package struct AuthenticationContext: RequestContext {
    package typealias Source = BasicRequestContext

    package var coreContext: CoreRequestContextStorage
    /// Set by ``Authenticator``.
    package var caller: Caller?

    package init(source: BasicRequestContext) {
        // With the parameters that the router has parsed.
        coreContext = source.coreContext
    }
}
