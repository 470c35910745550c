package import Contracts

/// A message on its way into a partition: read, its origin known, not yet decided. A class, for it goes from hand to
/// hand, and holds two dozen strings that each copy of a value would count.
package final class InboundMessage: Sendable {
    package enum Origin: Sendable, Hashable {
        /// From another partition of the system, by the stream rules.
        case stream(StreamPosition)
        /// From outside. The digest of (message_id, body) if it bears a message_id.
        case foreign(digest: [UInt8]?)
    }

    package let origin: Origin
    package let message: Message
    /// What the message belongs to: later ones of the same key wait behind a blocked one.
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

/// The place of a message in the stream that brought it (contract section 4).
package struct StreamPosition: Sendable, Codable, Hashable {
    package let stream: StreamName
    package let epoch: Int64
    package let seq: Int64

    package init(stream: StreamName, epoch: Int64, seq: Int64) {
        self.stream = stream
        self.epoch = epoch
        self.seq = seq
    }

    /// As the columns of messages that wait say it.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let stream = StreamName(parsing: try container.decode(String.self, forKey: .stream)) else {
            throw DecodingError.dataCorruptedError(forKey: .stream, in: container, debugDescription: "no stream's name")
        }
        self.stream = stream
        epoch = try container.decode(Int64.self, forKey: .epoch)
        seq = try container.decode(Int64.self, forKey: .seq)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stream.description, forKey: .stream)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(seq, forKey: .seq)
    }

    private enum CodingKeys: String, CodingKey {
        case stream, epoch, seq
    }
}

/// A delivery as it came, kept so that it can be shown, tried again or answered for.
package struct StoredDelivery: Sendable, Codable, Hashable {
    package var queue: String
    package var exchange: String
    package var routingKey: String
    package var messageID: String?
    package var type: String?
    package var userID: String?
    package var appID: String?
    package var contentType: String?
    package var traceparent: String?
    /// When it was sent, by its property `timestamp`: seconds since 1970.
    package var sentAt: Int64?
    /// Nil for a foreign message.
    package var position: StreamPosition?
    /// The length of the whole body in bytes.
    package var bodyLength: Int
    /// SHA-256 of the whole body in hexadecimal digits, only where `body` is just its beginning.
    package var bodyDigest: String?
    package var body: [UInt8] = []

    private enum CodingKeys: String, CodingKey {
        case queue, exchange, routingKey, messageID, type, userID, appID, contentType, traceparent, position
        case bodyLength, bodyDigest, sentAt
        // The body stands in a column of its own.
    }

    package init(
        queue: String, exchange: String, routingKey: String, messageID: String? = nil, type: String? = nil,
        userID: String? = nil, appID: String? = nil, contentType: String? = nil, traceparent: String? = nil,
        sentAt: Int64? = nil, position: StreamPosition? = nil, bodyLength: Int? = nil, bodyDigest: String? = nil,
        body: [UInt8]
    ) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.messageID = messageID
        self.type = type
        self.userID = userID
        self.appID = appID
        self.contentType = contentType
        self.traceparent = traceparent
        self.sentAt = sentAt
        self.position = position
        self.bodyLength = bodyLength ?? body.count
        self.bodyDigest = bodyDigest
        self.body = body
    }
}
