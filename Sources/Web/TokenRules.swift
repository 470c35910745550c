/// What a token must say besides who the caller is (contract section 8).
package struct TokenRules: Sendable {
    /// How far the issuer's clock may differ from ours: issuers write `nbf` as the time of their own clock.
    static let leeway = Duration.seconds(60)

    /// `AUTH_ISSUER`: the required `iss`; nil for any.
    package let issuer: String?
    /// `AUTH_AUDIENCE`: what `aud` must contain; nil for anything. Without it a token that an identity provider issued
    /// for another application is accepted (RFC 8725 section 3.9).
    package let audience: String?

    package init(issuer: String? = nil, audience: String? = nil) {
        self.issuer = issuer
        self.audience = audience
    }
}
