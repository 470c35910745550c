/// What became of one attempt to post a delivery.
package enum AttemptOutcome: Sendable, Hashable {
    /// The receiver has answered. Redirects are answers; they are not followed.
    /// - Parameters:
    ///   - retryAfter: the field `Retry-After` as it was sent.
    ///   - body: the beginning of the body, at most ``maxBody`` bytes.
    case answered(status: Int, retryAfter: String? = nil, body: [UInt8] = [])
    /// There was no answer.
    case failed(Failure)

    /// As many bytes of an answer's body are read and kept (contract section 6).
    package static let maxBody = 8_192

    /// Why there was no answer. The words are shown to callers.
    package enum Failure: String, Sendable, CaseIterable {
        /// The name cannot be resolved, or an address is not one to which callbacks may go: callers must not be able to
        /// tell the two apart.
        case addressRefused = "address_refused"
        case connectionFailed = "connection_failed"
        case certificateInvalid = "certificate_invalid"
        case timeout
        /// What was received is not an HTTP response.
        case responseInvalid = "response_invalid"
    }
}
