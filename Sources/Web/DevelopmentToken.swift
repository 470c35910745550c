package import Contracts
package import Crypto
import JWTKit

/// Tokens for trying the service without an issuer of its own, signed with `AUTH_SECRET`.
package enum DevelopmentToken {
    /// - Parameters:
    ///   - role: the token's `role`.
    ///   - id: its `sub`.
    ///   - lifetime: from now until `exp`; fractions of a second are cut off.
    ///   - rules: with the issuer and the audience, if they are required.
    ///   - secret: of ``AuthenticationSettings/secret(_:)``.
    /// - Returns: the token in its compact form, for `Authorization: Bearer`.
    package static func make(
        role: Caller.Role, id: ID, lifetime: Duration, rules: TokenRules = TokenRules(), secret: SymmetricKey,
        now: Timestamp = .now()
    ) async throws -> String {
        let claims = TokenClaims(
            caller: Caller(role: role, id: id), notBefore: nil, expires: now.advanced(by: lifetime),
            issuer: rules.issuer,
            audiences: rules.audience.map { [$0] } ?? [])
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(key: secret), digestAlgorithm: .sha256)
        return try await keys.sign(claims)
    }
}
