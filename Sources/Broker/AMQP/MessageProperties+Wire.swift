internal import CRabbitMQ

extension MessageProperties {
    /// Reads only what is present.
    init(_ wire: amqp_basic_properties_t) {
        self.init()
        let flags = wire._flags
        func text(_ flag: Int32, _ bytes: amqp_bytes_t) -> String? {
            flags & UInt32(flag) != 0 ? String(wire: bytes) : nil
        }
        contentType = text(AMQP_BASIC_CONTENT_TYPE_FLAG, wire.content_type)
        contentEncoding = text(AMQP_BASIC_CONTENT_ENCODING_FLAG, wire.content_encoding)
        correlationID = text(AMQP_BASIC_CORRELATION_ID_FLAG, wire.correlation_id)
        replyTo = text(AMQP_BASIC_REPLY_TO_FLAG, wire.reply_to)
        expiration = text(AMQP_BASIC_EXPIRATION_FLAG, wire.expiration)
        messageID = text(AMQP_BASIC_MESSAGE_ID_FLAG, wire.message_id)
        type = text(AMQP_BASIC_TYPE_FLAG, wire.type)
        userID = text(AMQP_BASIC_USER_ID_FLAG, wire.user_id)
        appID = text(AMQP_BASIC_APP_ID_FLAG, wire.app_id)
        if flags & UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG) != 0 { deliveryMode = wire.delivery_mode }
        if flags & UInt32(AMQP_BASIC_TIMESTAMP_FLAG) != 0 { timestamp = wire.timestamp }
        if flags & UInt32(AMQP_BASIC_HEADERS_FLAG) != 0 { headers = HeaderValue.dictionary(wire.headers) }
    }

    /// The result points into the pool.
    func wire(in pool: WirePool) throws(BrokerError) -> amqp_basic_properties_t {
        var wire = amqp_basic_properties_t()
        var flags: UInt32 = 0
        func set(_ value: String?, _ flag: Int32, _ field: inout amqp_bytes_t) throws(BrokerError) {
            guard let value else { return }
            field = try pool.bytes(value)
            flags |= UInt32(flag)
        }
        try set(contentType, AMQP_BASIC_CONTENT_TYPE_FLAG, &wire.content_type)
        try set(contentEncoding, AMQP_BASIC_CONTENT_ENCODING_FLAG, &wire.content_encoding)
        try set(correlationID, AMQP_BASIC_CORRELATION_ID_FLAG, &wire.correlation_id)
        try set(replyTo, AMQP_BASIC_REPLY_TO_FLAG, &wire.reply_to)
        try set(expiration, AMQP_BASIC_EXPIRATION_FLAG, &wire.expiration)
        try set(messageID, AMQP_BASIC_MESSAGE_ID_FLAG, &wire.message_id)
        try set(type, AMQP_BASIC_TYPE_FLAG, &wire.type)
        try set(userID, AMQP_BASIC_USER_ID_FLAG, &wire.user_id)
        try set(appID, AMQP_BASIC_APP_ID_FLAG, &wire.app_id)
        if let deliveryMode {
            wire.delivery_mode = deliveryMode
            flags |= UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG)
        }
        if let timestamp {
            wire.timestamp = timestamp
            flags |= UInt32(AMQP_BASIC_TIMESTAMP_FLAG)
        }
        if !headers.isEmpty {
            wire.headers = try pool.table(headers)
            flags |= UInt32(AMQP_BASIC_HEADERS_FLAG)
        }
        wire._flags = flags
        return wire
    }
}

extension OutgoingMessage {
    /// What a broker takes at most in one message (RabbitMQ 3.10, `max_message_size`).
    private static let largestBody = 134_217_728

    /// Why this cannot be sent, if so. Found out here because the library would notice after the first frame, when the
    /// channel cannot be saved any more, and the message would then break every channel it is sent on.
    func unsendable(frameMax: Int) -> String? {
        var size = 0
        func tooLong(_ value: String?) -> Bool {
            guard let value else { return false }
            size += value.utf8.count + 1
            return value.utf8.count > 255
        }
        if tooLong(exchange) { return "exchange name above 255 bytes" }
        if tooLong(routingKey) { return "routing key above 255 bytes" }
        let some = [properties.contentType, properties.contentEncoding, properties.correlationID, properties.replyTo]
        let others = [
            properties.expiration, properties.messageID, properties.type, properties.userID, properties.appID,
        ]
        for value in some where tooLong(value) { return "a property above 255 bytes" }
        for value in others where tooLong(value) { return "a property above 255 bytes" }
        if let expiration = properties.expiration, UInt32(expiration) == nil { return "expiration is not a number" }
        guard let headers = Self.size(ofTable: properties.headers) else { return "a header key above 255 bytes" }
        // The frame's own parts, flags and fixed fields are below 64 bytes.
        if size + headers + 64 > frameMax { return "properties and headers above the frame size" }
        if body.count > Self.largestBody { return "body above 128 MiB" }
        return nil
    }

    private static func size(ofTable values: [String: HeaderValue]) -> Int? {
        var size = 4
        for (key, value) in values {
            guard key.utf8.count <= 255, let inner = self.size(of: value) else { return nil }
            size += key.utf8.count + 1 + inner
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
                guard let inner = self.size(of: value) else { return nil }
                size += inner
            }
            return size
        case .int, .bool, .double, .null, .other: return 9
        }
    }
}
