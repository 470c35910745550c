/// What went wrong between us and the broker. The description names no password and no body: it may be shown and
/// logged.
package struct BrokerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// The URL cannot be read.
        case badURL
        /// No connection could be made.
        case unreachable
        /// User, password or virtual host were refused.
        case loginRefused
        /// Something of this name exists with other arguments (406).
        case topologyMismatch
        /// Somebody else holds the exclusive queue (405).
        case resourceLocked
        /// No such queue or exchange (404).
        case notFound
        /// The user may not do this (403).
        case accessRefused
        /// The connection or its channel is gone.
        case connectionLost
        /// The broker did not answer in time.
        case timeout
        /// Nobody is bound to receive the message.
        case unroutable
        /// The broker did not take the message.
        case notConfirmed
        /// Too much is under way already.
        case overloaded
        /// The task that asked was cancelled.
        case cancelled
        /// This was stopped, or runs already.
        case stopped
        /// The message cannot be written as AMQP 0-9-1.
        case invalidMessage
        /// The other side does not speak as agreed, or refused the operation otherwise.
        case protocolViolation
        /// The system gave no memory, file descriptor or thread.
        case resources
    }

    package var code: Code
    package var detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Whether the same attempt may succeed later without a change of settings, rights or topology.
    package var isRetriable: Bool {
        switch code {
        case .unreachable, .resourceLocked, .notFound, .connectionLost, .timeout, .unroutable, .notConfirmed,
            .overloaded,
            .resources, .loginRefused:
            true
        case .badURL, .topologyMismatch, .accessRefused, .cancelled, .stopped, .invalidMessage, .protocolViolation:
            false
        }
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
