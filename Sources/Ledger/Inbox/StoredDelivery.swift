/// A delivery as it arrived, in the form in which it is stored with a parked or blocked message.
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
    /// The property `timestamp`, when it was sent: seconds since 1970.
    package var sentAt: Int64?
    /// Nil for a foreign message.
    package var position: StreamPosition?
    /// The length of the whole body in bytes.
    package var bodyLength: Int
    /// SHA-256 of the whole body in hexadecimal digits; only if `body` is truncated.
    package var bodyDigest: String?
    package var body: [UInt8] = []
    /// How often the broker has delivered it before without getting an ack. It is not stored.
    package var deliveryCount = 0

    private enum CodingKeys: String, CodingKey {
        case queue, exchange, routingKey, messageID, type, userID, appID, contentType, traceparent, position
        case bodyLength, bodyDigest, sentAt
        // `body` has a column of its own, and `deliveryCount` says nothing about the message.
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
