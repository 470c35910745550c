package import Contracts

/// The destination of outbox rows. Each stream has its own numbers, is sent in their order, and delays no other.
package enum OutboxStreamName: Sendable, Hashable, CustomStringConvertible {
    /// To a partition of the system, exactly once, by the rules of contract section 4.
    case stream(StreamName)
    /// Out of the system through an exchange, at least once, with a stable `message_id`. External consumers request no
    /// resend, so a message is done when the broker has confirmed it.
    case external(from: Address, exchange: String)

    /// Parses a ``description``.
    package init?(parsing text: String) {
        if let stream = StreamName(parsing: text) {
            self = .stream(stream)
            return
        }
        let parts = text.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let producer = Address(parsing: String(parts[0])) else { return nil }
        self = .external(from: producer, exchange: String(parts[1]))
    }

    /// Reads the column `name` of `stream_out`.
    init(column: String) throws(LedgerError) {
        guard let name = OutboxStreamName(parsing: column) else {
            throw LedgerError(.corrupt, "stream_out contains the invalid stream name \(column)")
        }
        self = name
    }

    /// `application.p00>waitlist.p00`, `notifier.p00>notifications`
    package var description: String {
        switch self {
        case .stream(let name): name.description
        case .external(let producer, let exchange): "\(producer)>\(exchange)"
        }
    }

    /// The stream that a consumer of the system counts by, or nil.
    package var stream: StreamName? {
        if case .stream(let name) = self { name } else { nil }
    }
}
