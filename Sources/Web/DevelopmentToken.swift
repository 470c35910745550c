package import Contracts
package import Crypto
import JWTKit

/// Tokens for whoever tries the service out and has no other issuer: signed with `AUTH_SECRET` itself.
package enum DevelopmentToken {
    /// - Parameters:
    ///   - role: the token's `role`.
    ///   - id: its `sub`.
    ///   - lifetime: from now until `exp`; what is finer than a second is cut off.
    ///   - secret: of ``AuthenticationSettings/secret(_:)``.
    /// - Returns: the token in its compact form, for `Authorization: Bearer`.
    package static func make(
        role: Caller.Role, id: ID, lifetime: Duration, secret: SymmetricKey, now: Timestamp = .now()
    ) async throws -> String {
        let claims = TokenClaims(
            caller: Caller(role: role, id: id), notBefore: nil, expires: now.advanced(by: lifetime))
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(key: secret), digestAlgorithm: .sha256)
        return try await keys.sign(claims)
    }
}
