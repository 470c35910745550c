/// A message to publish.
package struct OutgoingMessage: Sendable, Hashable {
    /// The caller's id for the message, unique among those in flight.
    package var publishID: UInt64
    package var exchange: String
    package var routingKey: String
    package var properties: MessageProperties
    package var body: [UInt8]
    /// Asks the broker to return the message if no queue receives it. Without it the broker confirms an unroutable
    /// message and drops it.
    package var mandatory: Bool

    package init(
        publishID: UInt64 = 0, exchange: String, routingKey: String,
        properties: MessageProperties = MessageProperties(), body: [UInt8], mandatory: Bool = true
    ) {
        self.publishID = publishID
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.mandatory = mandatory
    }
}

extension OutgoingMessage {
    /// The largest message body that RabbitMQ 3.10 accepts by default (`max_message_size`).
    private static let maxBodyLength = 134_217_728

    /// Why AMQP cannot carry this message, or nil if it can. Checked before sending because the library notices only
    /// after the first frame, when the channel is already lost; the message would then break every channel it is sent
    /// on.
    package func unsendable(frameMax: Int) -> String? {
        var size = 0
        func isTooLong(_ value: String?) -> Bool {
            guard let value else { return false }
            size += value.utf8.count + 1
            return value.utf8.count > 255
        }
        if isTooLong(exchange) { return "exchange name above 255 bytes" }
        if isTooLong(routingKey) { return "routing key above 255 bytes" }
        if isTooLong(properties.contentType) || isTooLong(properties.contentEncoding)
            || isTooLong(properties.correlationID) || isTooLong(properties.replyTo) || isTooLong(properties.expiration)
            || isTooLong(properties.messageID) || isTooLong(properties.type) || isTooLong(properties.userID)
            || isTooLong(properties.appID)
        {
            return "a property above 255 bytes"
        }
        if let expiration = properties.expiration, UInt32(expiration) == nil { return "expiration is not a number" }
        guard let headers = Self.size(ofTable: properties.headers) else { return "a header key above 255 bytes" }
        // The frame's own parts, flags and fixed fields take less than 64 bytes.
        if size + headers + 64 > frameMax { return "properties and headers above the frame size" }
        if body.count > Self.maxBodyLength { return "body above 128 MiB" }
        return nil
    }

    private static func size(ofTable values: [String: HeaderValue]) -> Int? {
        var size = 4
        for (key, value) in values {
            guard key.utf8.count <= 255, let valueSize = self.size(of: value) else { return nil }
            size += key.utf8.count + 1 + valueSize
        }
        return size
    }

    private static func size(of value: HeaderValue) -> Int? {
        switch value {
        case .string(let string): return 5 + string.utf8.count
        case .bytes(let bytes): return 5 + bytes.count
        case .table(let values): return size(ofTable: values).map { $0 + 1 }
        case .array(let values):
            var size = 5
            for value in values {
                guard let valueSize = self.size(of: value) else { return nil }
                size += valueSize
            }
            return size
        case .int, .bool, .double, .null, .other: return 9
        }
    }
}
