package import CRabbitMQ

extension MessageProperties {
    /// Reads only the properties whose flags are set.
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

extension String {
    /// Replaces invalid UTF-8: input from outside never traps.
    package init(wire bytes: amqp_bytes_t) {
        guard let base = bytes.bytes, bytes.len > 0 else {
            self = ""
            return
        }
        self = String(decoding: UnsafeRawBufferPointer(start: base, count: bytes.len), as: UTF8.self)
    }

    /// For logs: one line, with control characters replaced by spaces.
    init(wireText bytes: amqp_bytes_t) {
        self = String(
            String(wire: bytes).unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }

    /// Compares without allocating a string.
    func isEqual(to bytes: amqp_bytes_t) -> Bool {
        let utf8 = self.utf8
        guard utf8.count == bytes.len, let base = bytes.bytes else { return utf8.count == bytes.len }
        return utf8.elementsEqual(UnsafeRawBufferPointer(start: base, count: bytes.len))
    }
}
