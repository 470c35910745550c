/// A message from the broker, copied out of the library's memory.
package struct Delivery: Sendable, Hashable {
    /// The delivery tag: counts from 1 on each channel.
    package var tag: UInt64
    /// The queue that was subscribed to.
    package var queue: String
    package var exchange: String
    package var routingKey: String
    package var redelivered: Bool
    package var properties: MessageProperties
    /// The whole body, or its first 4 KiB if it is longer than the consumer's limit.
    package var body: [UInt8]
    /// The length of the whole body, in bytes.
    package var bodyLength: Int
    /// SHA-256 of the whole body if `body` is truncated, else nil.
    package var bodyDigest: [UInt8]?

    /// The memory that it takes, about, in bytes.
    package var memory: Int { body.count + Self.overhead }

    /// Of the properties and of what is made of them.
    private static let overhead = 512

    package var isTruncated: Bool { bodyDigest != nil }

    package init(
        tag: UInt64, queue: String, exchange: String, routingKey: String, redelivered: Bool = false,
        properties: MessageProperties = MessageProperties(), body: [UInt8], bodyLength: Int? = nil,
        bodyDigest: [UInt8]? = nil
    ) {
        self.tag = tag
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.redelivered = redelivered
        self.properties = properties
        self.body = body
        self.bodyLength = bodyLength ?? body.count
        self.bodyDigest = bodyDigest
    }
}
