package import HTTPTypes

/// Header fields that swift-http-types does not name. Each literal is a valid token, so the initializer cannot fail.
extension HTTPField.Name {
    /// RFC 7240.
    package static let prefer = Self("Prefer")!
    /// RFC 7240.
    package static let preferenceApplied = Self("Preference-Applied")!
    /// draft-ietf-httpapi-idempotency-key-header.
    package static let idempotencyKey = Self("Idempotency-Key")!
    package static let idempotentReplayed = Self("Idempotent-Replayed")!
    /// The last event that a client of a stream has (WHATWG HTML section 9.2).
    package static let lastEventID = Self("Last-Event-ID")!
    /// Tells nginx, and proxies that understand it, not to hold back a stream.
    package static let xAccelBuffering = Self("X-Accel-Buffering")!
    /// ``RequestID``.
    package static let requestID = Self("X-Request-Id")!
    /// Fetch Metadata: how the page that causes a request relates to the server.
    package static let secFetchSite = Self("Sec-Fetch-Site")!
    /// Fetch Metadata: `navigate` if a person goes to a page, otherwise a script or a page loads something.
    package static let secFetchMode = Self("Sec-Fetch-Mode")!
    package static let referrerPolicy = Self("Referrer-Policy")!
    package static let permissionsPolicy = Self("Permissions-Policy")!
    package static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!
    /// Present only when a request has a second one: the first becomes the request's authority.
    static let host = Self("Host")!
}
