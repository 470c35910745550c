package import HTTPTypes

extension Problem {
    /// The kinds of problems. The raw values are part of the HTTP API: clients compare them.
    package enum Code: String, CaseIterable, Sendable {
        /// Invalid HTTP, JSON, query, cursor or Idempotency-Key, or an empty body.
        case malformed
        case unauthorized
        /// The caller's role may not do this to any resource.
        case forbidden
        /// Unknown, or not the caller's: the two are indistinguishable.
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        /// `Accept` excludes what the route answers with.
        case notAcceptable = "not_acceptable"
        case applicationCancelled = "application_cancelled"
        case applicationStarted = "application_started"
        case differingApplication = "differing_application"
        /// The caller has as many webhook endpoints as a caller may have.
        case tooManyEndpoints = "too_many_endpoints"
        /// The signing secret before the last rotation still signs.
        case rotatedRecently = "rotated_recently"
        case requestTimeout = "request_timeout"
        case operationExpired = "operation_expired"
        /// `If-Match` names another version of the resource.
        case preconditionFailed = "precondition_failed"
        case contentTooLarge = "content_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case misdirectedRequest = "misdirected_request"
        /// The JSON is valid, but a field is not: ``Problem/errors`` says which.
        case validation
        /// The Idempotency-Key was used with a different body.
        case idempotencyMismatch = "idempotency_mismatch"
        /// `WEBHOOK_MASTER_KEY` is not set.
        case unsupportedCallback = "unsupported_callback"
        /// Callbacks may not go to this URL.
        case callbackURLRefused = "callback_url_refused"
        case tooManyChanges = "too_many_changes"
        case tooManyRequests = "too_many_requests"
        case headerFieldsTooLarge = "header_fields_too_large"
        case `internal`
        case notImplemented = "not_implemented"
        /// Storage cannot be used, no process serves the partition, or this one is shutting down: retry later.
        case unavailable
        /// The process that serves the partition has not answered a command, which it may have carried out.
        case outcomeUnknown = "outcome_unknown"
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
        case .notAcceptable: .notAcceptable
        case .applicationCancelled, .applicationStarted, .differingApplication, .tooManyEndpoints, .rotatedRecently:
            .conflict
        case .requestTimeout: .requestTimeout
        case .operationExpired: .gone
        case .preconditionFailed: .preconditionFailed
        case .contentTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .misdirectedRequest: .misdirectedRequest
        case .validation, .idempotencyMismatch, .unsupportedCallback, .callbackURLRefused: .unprocessableContent
        case .tooManyChanges, .tooManyRequests: .tooManyRequests
        case .headerFieldsTooLarge: .requestHeaderFieldsTooLarge
        case .internal: .internalServerError
        case .notImplemented: .notImplemented
        case .unavailable, .outcomeUnknown: .serviceUnavailable
        }
    }

    /// The same for every problem with this code (RFC 9457 section 3.1.3).
    package var title: String {
        switch self {
        case .malformed: "Malformed"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .notAcceptable: "Not acceptable"
        case .applicationCancelled: "Application cancelled"
        case .applicationStarted: "Application started"
        case .differingApplication: "Differing application"
        case .tooManyEndpoints: "Too many endpoints"
        case .rotatedRecently: "Rotated recently"
        case .requestTimeout: "Request timeout"
        case .operationExpired: "Operation expired"
        case .preconditionFailed: "Precondition failed"
        case .contentTooLarge: "Content too large"
        case .unsupportedMediaType: "Unsupported media type"
        case .misdirectedRequest: "Misdirected request"
        case .validation: "Validation failed"
        case .idempotencyMismatch: "Idempotency-Key mismatch"
        case .unsupportedCallback: "Callbacks not supported"
        case .callbackURLRefused: "Callback URL refused"
        case .tooManyChanges: "Too many changes"
        case .tooManyRequests: "Too many requests"
        case .headerFieldsTooLarge: "Header fields too large"
        case .internal: "Internal error"
        case .notImplemented: "Not implemented"
        case .unavailable: "Unavailable"
        case .outcomeUnknown: "Outcome unknown"
        }
    }
}
