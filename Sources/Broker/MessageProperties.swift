/// The message properties of AMQP 0-9-1, without `priority` and `cluster-id`, which are neither used nor kept.
package struct MessageProperties: Sendable, Hashable {
    package var contentType: String?
    package var contentEncoding: String?
    package var correlationID: String?
    package var replyTo: String?
    /// Time to live in milliseconds, in decimal digits.
    package var expiration: String?
    package var messageID: String?
    package var type: String?
    /// Must be the connection's user: else the broker refuses the message and closes the channel.
    package var userID: String?
    package var appID: String?
    /// 2 means persistent.
    package var deliveryMode: UInt8?
    /// Seconds since 1970.
    package var timestamp: UInt64?
    package var headers: [String: HeaderValue]

    package init(
        contentType: String? = nil, contentEncoding: String? = nil, correlationID: String? = nil,
        replyTo: String? = nil, expiration: String? = nil, messageID: String? = nil, type: String? = nil,
        userID: String? = nil,
        appID: String? = nil, deliveryMode: UInt8? = nil, timestamp: UInt64? = nil, headers: [String: HeaderValue] = [:]
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.expiration = expiration
        self.messageID = messageID
        self.type = type
        self.userID = userID
        self.appID = appID
        self.deliveryMode = deliveryMode
        self.timestamp = timestamp
        self.headers = headers
    }
}
