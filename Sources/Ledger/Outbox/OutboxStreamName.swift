package import Contracts

/// Where the rows of an outbox lead: each lane has its own numbers, goes out in their order, and holds up no other.
package enum OutboxStreamName: Sendable, Hashable, CustomStringConvertible {
    /// To a partition of the system, exactly once, by the rules of contract section 4.
    case stream(StreamName)
    /// Out of the system through an exchange, at least once, with a stable `message_id`. Nobody out there asks for a
    /// message again, so it is done with as soon as the broker has it.
    case world(from: Address, exchange: String)

    /// Reads a name as ``description`` writes it.
    package init?(parsing text: String) {
        if let stream = StreamName(parsing: text) {
            self = .stream(stream)
            return
        }
        let parts = text.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let producer = Address(parsing: String(parts[0])) else { return nil }
        self = .world(from: producer, exchange: String(parts[1]))
    }

    /// `application.p00>waitlist.p00`, `notifier.p00>notifications`
    package var description: String {
        switch self {
        case .stream(let name): name.description
        case .world(let producer, let exchange): "\(producer)>\(exchange)"
        }
    }

    /// The stream that a consumer of the system counts by, if there is one.
    package var stream: StreamName? {
        if case .stream(let name) = self { name } else { nil }
    }
}
