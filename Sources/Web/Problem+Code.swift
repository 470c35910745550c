package import HTTPTypes

extension Problem {
    /// Every kind of problem there is. The words are part of the interface: callers compare them.
    package enum Code: String, CaseIterable, Sendable {
        /// Not JSON, an unknown query, a bad cursor or Idempotency-Key, an empty body.
        case malformed
        case unauthorized
        /// The caller's role may not do this, whatever it is done to.
        case forbidden
        /// Unknown, or not the caller's: the two look the same.
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case applicationCancelled = "application_cancelled"
        case applicationStarted = "application_started"
        case differingApplication = "differing_application"
        case operationExpired = "operation_expired"
        case contentTooLarge = "content_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case misdirectedRequest = "misdirected_request"
        /// The JSON is fine, a field is not: ``Problem/errors`` names which.
        case validation
        /// A known Idempotency-Key with another body.
        case idempotencyMismatch = "idempotency_mismatch"
        case unsupportedCallback = "unsupported_callback"
        case tooManyRequests = "too_many_requests"
        case `internal`
        /// The file cannot be written, another process cannot be reached, or this one stops: try again later.
        case unavailable
    }
}

extension Problem.Code {
    package var status: HTTPResponse.Status {
        switch self {
        case .malformed: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .applicationCancelled, .applicationStarted, .differingApplication: .conflict
        case .operationExpired: .gone
        case .contentTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .misdirectedRequest: .misdirectedRequest
        case .validation, .idempotencyMismatch, .unsupportedCallback: .unprocessableContent
        case .tooManyRequests: .tooManyRequests
        case .internal: .internalServerError
        case .unavailable: .serviceUnavailable
        }
    }

    /// The same for every problem of this kind (RFC 9457 section 3.1.3).
    package var title: String {
        switch self {
        case .malformed: "The request cannot be read"
        case .unauthorized: "Authentication is required"
        case .forbidden: "The caller may not do this"
        case .notFound: "There is no such resource"
        case .methodNotAllowed: "The resource does not know this method"
        case .applicationCancelled: "The application is cancelled"
        case .applicationStarted: "The application has started"
        case .differingApplication: "The application exists with other content"
        case .operationExpired: "The operation is no longer kept"
        case .contentTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body must be JSON"
        case .misdirectedRequest: "The request is meant for another host"
        case .validation: "A field breaks a rule"
        case .idempotencyMismatch: "The Idempotency-Key was used for another request"
        case .unsupportedCallback: "Callbacks are not supported"
        case .tooManyRequests: "Too many requests"
        case .internal: "The request failed"
        case .unavailable: "The service is unavailable for a moment"
        }
    }
}
