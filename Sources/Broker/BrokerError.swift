/// An error of a connection to the broker. The description contains no password and no message body: it is safe to show
/// and to log.
package struct BrokerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// The URL is malformed.
        case badURL
        /// The broker cannot be connected to.
        case unreachable
        /// The broker refused the user, the password or the virtual host.
        case loginRefused
        /// An exchange or queue of this name exists with different arguments (406).
        case topologyMismatch
        /// Another connection holds the exclusive queue (405).
        case resourceLocked
        /// The queue or exchange does not exist (404).
        case notFound
        /// The user has no permission (403).
        case accessRefused
        /// The connection or its channel is lost.
        case connectionLost
        /// Publishing made no progress on a connection that is up, so it is opened again.
        case stalled
        /// The broker did not answer in time.
        case timeout
        /// No queue receives the message.
        case unroutable
        /// The broker did not accept the message.
        case notConfirmed
        /// Too many requests are in flight.
        case overloaded
        /// The calling task was cancelled.
        case cancelled
        /// Already stopped, or already running.
        case stopped
        /// AMQP 0-9-1 cannot carry the message or name.
        case invalidMessage
        /// The broker violated the protocol, or refused the operation for another reason.
        case protocolViolation
        /// The system provides no memory, file descriptor or thread.
        case resources
    }

    package var code: Code
    package var detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Whether the same operation may succeed later without a change of settings, permissions or topology.
    package var isRetriable: Bool {
        switch code {
        case .unreachable, .resourceLocked, .notFound, .connectionLost, .timeout, .unroutable, .notConfirmed,
            .overloaded, .resources, .loginRefused, .stalled:
            true
        case .badURL, .topologyMismatch, .accessRefused, .cancelled, .stopped, .invalidMessage, .protocolViolation:
            false
        }
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
