package import Contracts
import HTTPTypes
package import Hummingbird
package import Logging

/// Admits only authenticated callers, and sets the context's caller: the one of the request's bearer token, a signed
/// JWT (RFC 6750, RFC 7519; verified as RFC 8725 advises).
package struct Authenticator: RouterMiddleware {
    /// The key that verifies a token; nil when authentication is disabled.
    private let key: (@Sendable (SignedToken) async throws(Problem) -> VerificationKey?)?
    private let rules: TokenRules
    private let origins: AllowedOrigins
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let verifiedTokens = VerifiedTokenCache()

    /// - Parameters:
    ///   - origins: whose pages may send requests when authentication is disabled.
    ///   - now: the wall clock that the tokens' times are compared with.
    package init(
        _ settings: AuthenticationSettings, rules: TokenRules = TokenRules(), origins: AllowedOrigins = .none,
        now: @escaping @Sendable () -> Timestamp = { .now() }, logger: Logger
    ) {
        switch settings {
        case .disabled: self.init(key: nil, rules: rules, origins: origins, now: now, logger: logger)
        case .secret(let secret):
            let keys = KeySet([VerificationKey(secret: secret)])
            self.init(key: { keys.key(for: $0) }, rules: rules, now: now, logger: logger)
        case .keySet(let location):
            let source = KeySource(logger: logger) { try await location.load() }
            self.init(
                key: { token throws(Problem) in try await source.key(for: token) }, rules: rules, now: now,
                logger: logger)
        }
    }

    init(
        key: (@Sendable (SignedToken) async throws(Problem) -> VerificationKey?)?,
        rules: TokenRules = TokenRules(), origins: AllowedOrigins = .none, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.key = key
        self.rules = rules
        self.origins = origins
        self.now = now
        self.logger = logger
    }

    @concurrent package func handle(
        _ request: Request, context: AuthenticationContext,
        next: @concurrent (Request, AuthenticationContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let caller = try await caller(of: request)
        context.identify(caller)
        return try await next(request, context)
    }

    /// - Throws: `unauthorized`; `unavailable` while there is no key set; `misdirectedRequest` when authentication is
    ///   disabled and the request is not for a loopback host (``LoopbackRule``).
    func caller(of request: Request) async throws(Problem) -> Caller {
        guard let key else {
            try LoopbackRule.check(request, origins: origins)
            return Caller(role: .service, id: nil)
        }
        let text = try Self.bearerToken(in: request.headers)
        let now = now()
        if let caller = verifiedTokens.caller(of: text, at: now) { return caller }
        guard let token = SignedToken(text) else { throw refused("The token is malformed.") }
        guard let key = try await key(token) else { throw refused("No key has the token's algorithm and kid.") }
        let claims: TokenClaims
        do {
            claims = try await key.claims(of: token)
        } catch is DecodingError {
            throw refused("The claims sub, role or exp are missing or invalid.")
        } catch {
            throw refused("The signature is not valid.")
        }
        do {
            try claims.check(rules, at: now)
        } catch {
            throw refused(error.detail, error)
        }
        verifiedTokens.insert(claims, of: text, at: now)
        return claims.caller
    }

    /// For a request that is authenticated otherwise.
    /// - Throws: `misdirectedRequest` as ``caller(of:)`` does when authentication is disabled.
    package func checkOrigin(of request: Request) throws(Problem) {
        if key == nil { try LoopbackRule.check(request, origins: origins) }
    }

    /// Logs why a token is refused; the caller is not told, unless the problem says it.
    /// - Parameter reason: without anything of the token.
    private func refused(_ reason: String, _ problem: Problem = .invalidToken) -> Problem {
        logger.info("Token refused", metadata: [LogKey.reason: "\(reason)"])
        return problem
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
    /// Set by ``identify(_:)``.
    package private(set) var caller: Caller?

    package init(source: BasicRequestContext) {
        // With the parameters that the router has parsed.
        coreContext = source.coreContext
    }

    /// Names the caller, for the routes and the access log.
    package mutating func identify(_ caller: Caller) {
        self.caller = caller
        ActiveRequest.identify(caller)
    }
}
