package import HTTPTypes

/// Problems with header fields of their own.
extension Problem {
    /// - Parameter wait: until the next request is admitted; sent in whole seconds, rounded up.
    package static func tooManyChanges(retryAfter wait: Duration) -> Problem {
        Problem(
            .tooManyChanges, "The volunteer has given up a spot of this application too often within an hour.",
            headers: [.retryAfter: seconds(wait)])
    }

    /// - Parameter wait: until the secret can be rotated again; sent in whole seconds, rounded up.
    package static func rotatedRecently(retryAfter wait: Duration) -> Problem {
        Problem(
            .rotatedRecently, "The secret was rotated less than a day ago, and the one before it still signs.",
            headers: [.retryAfter: seconds(wait)])
    }

    package static func tooManyRequests(retryAfter wait: Duration) -> Problem {
        Problem(.tooManyRequests, "Rate limit exceeded.", headers: [.retryAfter: seconds(wait)])
    }

    /// - Parameter limit: of one caller.
    package static func tooManyStreams(limit: Int) -> Problem {
        Problem(
            .tooManyRequests, "A caller may have at most \(limit) streams open.",
            headers: [.retryAfter: seconds(.seconds(5))])
    }

    /// - Parameter wait: until a retry makes sense; sent in whole seconds, rounded up.
    package static func unavailable(_ detail: String, retryAfter wait: Duration) -> Problem {
        Problem(.unavailable, detail, headers: [.retryAfter: seconds(wait)])
    }

    /// - Parameter wait: until a retry makes sense; sent in whole seconds, rounded up.
    package static func outcomeUnknown(retryAfter wait: Duration) -> Problem {
        Problem(
            .outcomeUnknown,
            "The command was passed on and may have been carried out. Repeat it with the same Idempotency-Key.",
            headers: [.retryAfter: seconds(wait)])
    }

    /// - Parameter methods: the methods that the resource allows (RFC 9110 section 10.2.1).
    package static func methodNotAllowed(allow methods: [HTTPRequest.Method]) -> Problem {
        let names = methods.map(\.rawValue).joined(separator: ", ")
        return Problem(.methodNotAllowed, "Allowed methods: \(names).", headers: [.allow: names])
    }

    /// The request has a token, but not a valid one (RFC 6750 section 3.1).
    package static func unauthorized(_ detail: String) -> Problem {
        Problem(
            .unauthorized, detail, headers: [.wwwAuthenticate: "Bearer realm=\"api\", error=\"invalid_token\""])
    }

    /// The request has no token: the challenge then has no error code (RFC 6750 section 3).
    package static let unauthenticated = Problem(
        .unauthorized, "A bearer token is required.", headers: [.wwwAuthenticate: "Bearer realm=\"api\""])

    /// Whole seconds (RFC 9110 section 10.2.3), rounded up: a retry a moment too early would be refused again.
    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return String(max(1, attoseconds > 0 ? seconds + 1 : seconds))
    }
}
