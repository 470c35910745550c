package import HTTPTypes

/// Names that the library does not know. Each is a token, as anyone can see: nothing to refuse.
extension HTTPField.Name {
    /// RFC 7240.
    package static let prefer = Self("Prefer")!
    /// RFC 7240.
    package static let preferenceApplied = Self("Preference-Applied")!
    /// The IETF's draft-ietf-httpapi-idempotency-key-header.
    package static let idempotencyKey = Self("Idempotency-Key")!
    package static let idempotentReplayed = Self("Idempotent-Replayed")!
    /// A second one: the first became the request's authority.
    static let host = Self("Host")!
}
