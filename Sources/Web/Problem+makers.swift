package import HTTPTypes

/// The problems that come with a header field of their own.
extension Problem {
    /// - Parameter wait: how long until a request is admitted again; told in whole seconds, rounded up.
    package static func tooManyRequests(retryAfter wait: Duration) -> Problem {
        Problem(
            .tooManyRequests, "More requests than this caller may make in a second.",
            headers: [.retryAfter: seconds(wait)])
    }

    /// - Parameter wait: when another try makes sense; told in whole seconds, rounded up.
    package static func unavailable(_ detail: String, retryAfter wait: Duration) -> Problem {
        Problem(.unavailable, detail, headers: [.retryAfter: seconds(wait)])
    }

    /// - Parameter methods: what the resource does know; an empty list would say: nothing at all (RFC 9110, 10.2.1).
    package static func methodNotAllowed(allow methods: [HTTPRequest.Method]) -> Problem {
        let names = methods.map(\.rawValue).joined(separator: ", ")
        return Problem(.methodNotAllowed, "This resource knows \(names).", headers: [.allow: names])
    }

    /// A token came, and is no good (RFC 6750 section 3.1).
    package static func unauthorized(_ detail: String) -> Problem {
        Problem(
            .unauthorized, detail, headers: [.wwwAuthenticate: "Bearer realm=\"api\", error=\"invalid_token\""])
    }

    /// No token came: the challenge then has no error code (RFC 6750 section 3).
    package static let unauthenticated = Problem(
        .unauthorized, "A bearer token is required.", headers: [.wwwAuthenticate: "Bearer realm=\"api\""])

    /// Whole seconds (RFC 9110 section 10.2.3), rounded up: who comes back a moment early would be refused again.
    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return String(max(1, attoseconds > 0 ? seconds + 1 : seconds))
    }
}
