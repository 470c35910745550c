package import Contracts
import Crypto

extension InboundMessage {
    /// Reads a message from outside. Stream headers that it may bear mean nothing (contract section 3).
    package static func foreign(
        _ delivery: StoredDelivery, keyedFor service: ServiceName
    ) throws(MessageError) -> InboundMessage {
        let message = try Message(parsing: delivery.body)
        let digest = delivery.messageID.map { Self.digest(messageID: $0, body: delivery.body) }
        return InboundMessage(
            origin: .foreign(digest: digest), message: message, key: key(of: message, for: service),
            delivery: delivery)
    }

    package static func streamed(
        _ delivery: StoredDelivery, at position: StreamPosition
    ) throws(MessageError) -> InboundMessage {
        let message = try Message(parsing: delivery.body)
        return InboundMessage(
            origin: .stream(position), message: message,
            key: key(of: message, for: position.stream.consumer.service), delivery: delivery)
    }

    /// Reads a delivery again that has waited in the file.
    static func reread(_ delivery: StoredDelivery, for service: ServiceName) throws(MessageError) -> InboundMessage {
        if let position = delivery.position { return try streamed(delivery, at: position) }
        return try foreign(delivery, keyedFor: service)
    }

    /// The key that orders messages: the application's id, in NotifierService the user's.
    private static func key(of message: Message, for service: ServiceName) -> String {
        let id = service == .notifier ? message.volunteerID ?? message.applicationID : message.applicationID
        return id?.string ?? ""
    }

    /// Of something that is parked unread, if it bears a `message_id`. Another than that of a message: who may not
    /// speak at a door cannot make the true message count as known there.
    static func digest(ofUnreadable delivery: StoredDelivery) -> [UInt8]? {
        delivery.messageID.map { id in
            // Of what is too large the beginning alone is at hand.
            digest(messageID: "\(delivery.queue) cannot read \(delivery.bodyDigest ?? "") \(id)", body: delivery.body)
        }
    }

    /// (message_id, SHA-256 of the body), condensed to 16 bytes: two different messages meet by chance once in
    /// 2^64 of them.
    private static func digest(messageID: String, body: [UInt8]) -> [UInt8] {
        var inner = SHA256()
        body.withUnsafeBytes { inner.update(bufferPointer: $0) }
        var outer = SHA256()
        var messageID = messageID
        messageID.withUTF8 { outer.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        withUnsafeBytes(of: UInt8(0)) { outer.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { Array($0.prefix(16)) }
    }
}
