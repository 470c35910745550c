package import Contracts
import Crypto

/// A message for a partition, read but not processed yet. A class, because it is passed through many functions and
/// holds two dozen strings whose references every copy of a value would count.
package final class InboundMessage: Sendable {
    package enum Origin: Sendable, Hashable {
        /// From another partition of the system, in a stream.
        case stream(StreamPosition)
        case foreign
    }

    package let origin: Origin
    /// By which duplicates of a message from outside are recognised: the digest of (message_id, body) if there is a
    /// message_id. Also of one that another partition has forwarded in a stream.
    package let digest: [UInt8]?
    package let message: Message
    /// The partitioning key (contract section 3): later streamed messages with the same key wait behind a blocked one.
    package let key: ExactString
    package let delivery: StoredDelivery

    package init(
        origin: Origin, digest: [UInt8]? = nil, message: Message, key: ExactString, delivery: StoredDelivery
    ) {
        self.origin = origin
        self.digest = digest
        self.message = message
        self.key = key
        self.delivery = delivery
    }

    package var producer: ServiceName? {
        if case .stream(let position) = origin { position.stream.producer.service } else { nil }
    }
}

extension InboundMessage {
    /// Reads a message from outside. Its stream headers, if any, are ignored (contract section 3).
    package static func foreign(
        _ delivery: StoredDelivery, for service: ServiceName
    ) throws(MessageError) -> InboundMessage {
        let message = try Message(parsing: delivery.body)
        let digest = identity(of: delivery).map { Self.digest(messageID: $0, body: delivery.body) }
        return InboundMessage(
            origin: .foreign, digest: digest, message: message, key: message.key(for: service), delivery: delivery)
    }

    /// - Parameter digest: of a forwarded message from outside.
    package static func streamed(
        _ delivery: StoredDelivery, at position: StreamPosition, digest: [UInt8]? = nil
    ) throws(MessageError) -> InboundMessage {
        let message = try Message(streamed: delivery.body)
        return InboundMessage(
            origin: .stream(position), digest: digest, message: message,
            key: message.key(for: position.stream.consumer.service), delivery: delivery)
    }

    /// Reads a stored delivery.
    static func stored(_ delivery: StoredDelivery, for service: ServiceName) throws(MessageError) -> InboundMessage {
        if let position = delivery.position { return try streamed(delivery, at: position) }
        return try foreign(delivery, for: service)
    }

    /// The digest of a delivery that is parked unread; nil without a message_id. It differs from the digest of a
    /// readable message, so that an untrusted publisher cannot mark a genuine message as seen.
    static func digest(ofUnreadable delivery: StoredDelivery) -> [UInt8]? {
        identity(of: delivery).map { id in
            // The body of a message that is too large is truncated, so its own digest is included.
            digest(messageID: "\(delivery.queue) cannot read \(delivery.bodyDigest ?? "") \(id)", body: delivery.body)
        }
    }

    /// The message_id by which duplicates are recognised. Several client libraries send an empty one for none.
    private static func identity(of delivery: StoredDelivery) -> String? {
        delivery.messageID.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The length of a digest in bytes.
    package static let digestLength = 16

    /// (message_id, SHA-256 of the body), truncated: an accidental collision is expected among 2^64 messages.
    private static func digest(messageID: String, body: [UInt8]) -> [UInt8] {
        var inner = SHA256()
        body.withUnsafeBytes { inner.update(bufferPointer: $0) }
        var outer = SHA256()
        var messageID = messageID
        messageID.withUTF8 { outer.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        withUnsafeBytes(of: UInt8(0)) { outer.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { Array($0.prefix(digestLength)) }
    }
}
