package import Contracts

/// A message for a partition, read but not processed yet. A class, because it is passed through many functions and
/// holds two dozen strings whose references every copy of a value would count.
package final class InboundMessage: Sendable {
    package enum Origin: Sendable, Hashable {
        /// From another partition of the system, in a stream.
        case stream(StreamPosition)
        /// From outside, with the digest of (message_id, body) if there is a message_id.
        case foreign(digest: [UInt8]?)
    }

    package let origin: Origin
    package let message: Message
    /// The partitioning key (contract section 3): later streamed messages with the same key wait behind a blocked one.
    package let key: String
    package let delivery: StoredDelivery

    package init(origin: Origin, message: Message, key: String, delivery: StoredDelivery) {
        self.origin = origin
        self.message = message
        self.key = key
        self.delivery = delivery
    }

    package var producer: ServiceName? {
        if case .stream(let position) = origin { position.stream.producer.service } else { nil }
    }
}
