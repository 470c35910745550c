internal import CRabbitMQ
internal import Crypto

extension Connection {
    /// A method that is followed by a content header and a body.
    package struct Content {
        package enum Kind {
            case delivery
            case returned(code: Int, text: String)
        }

        let kind: Kind
        var delivery: Delivery
        var collector: BodyCollector?

        package init(kind: Kind, delivery: Delivery) {
            self.kind = kind
            self.delivery = delivery
        }
    }

    /// Returns the next event, or nil if there is none. Never waits. It also sends a heartbeat when one is due, and
    /// throws when the broker's are missing, so call it at least every quarter of the heartbeat.
    package func nextEvent() throws(BrokerError) -> ConnectionEvent? {
        while true {
            var frame = amqp_frame_t()
            var timeout = timeval(tv_sec: 0, tv_usec: 0)
            let status = amqp_simple_wait_frame_noblock(state, &frame, &timeout)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            try check(status, "read")
            let event = try event(of: frame)
            // Everything has been copied out of the frame. Without this, the memory of every frame would be kept.
            amqp_maybe_release_buffers_on_channel(state, frame.channel)
            if let event { return event }
        }
    }

    private func event(of frame: amqp_frame_t) throws(BrokerError) -> ConnectionEvent? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD:
            if content != nil { throw BrokerError(.protocolViolation, "a method between the frames of a message") }
            return try event(of: frame.payload.method)
        case AMQP_FRAME_HEADER:
            guard content != nil, content?.collector == nil else {
                throw BrokerError(.protocolViolation, "an unexpected content header")
            }
            if Int32(frame.payload.properties.class_id) == AMQP_BASIC_CLASS,
                let decoded = frame.payload.properties.decoded
            {
                content?.delivery.properties = MessageProperties(
                    decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee)
            }
            content?.collector = BodyCollector(expected: frame.payload.properties.body_size, limit: bodyLimit)
            return finishedContent()
        case AMQP_FRAME_BODY:
            let fragment = frame.payload.body_fragment
            let bytes = UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len)
            guard content?.collector?.append(bytes) == true else {
                throw BrokerError(.protocolViolation, "an unexpected content body")
            }
            return finishedContent()
        default:
            return nil
        }
    }

    private func finishedContent() -> ConnectionEvent? {
        guard content?.collector?.isComplete == true, var content, let collector = content.collector else { return nil }
        self.content = nil
        content.delivery.body = collector.body
        content.delivery.bodyLength = Int(clamping: collector.received)
        content.delivery.bodyDigest = collector.finalDigest()
        switch content.kind {
        case .delivery: return .delivery(content.delivery)
        case .returned(let code, let text): return .returned(content.delivery, code: code, text: text)
        }
    }

    private func event(of method: amqp_method_t) throws(BrokerError) -> ConnectionEvent? {
        guard let decoded = method.decoded else { throw BrokerError(.protocolViolation, "an empty method") }
        switch Int(method.id) {
        case crabbitmq_basic_deliver:
            let deliver = decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self).pointee
            content = Content(
                kind: .delivery,
                delivery: Delivery(
                    tag: deliver.delivery_tag, queue: try queue(ofConsumer: deliver.consumer_tag),
                    exchange: reusing(&lastExchange, for: deliver.exchange),
                    routingKey: reusing(&lastRoutingKey, for: deliver.routing_key),
                    redelivered: deliver.redelivered != 0, body: []))
        case crabbitmq_basic_return:
            let returned = decoded.assumingMemoryBound(to: amqp_basic_return_t.self).pointee
            content = Content(
                kind: .returned(code: Int(returned.reply_code), text: String(wireText: returned.reply_text)),
                delivery: Delivery(
                    tag: 0, queue: "", exchange: String(wire: returned.exchange),
                    routingKey: String(wire: returned.routing_key),
                    body: []))
        case crabbitmq_basic_ack:
            let ack = decoded.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee
            return .confirm(tag: ack.delivery_tag, multiple: ack.multiple != 0, acked: true)
        case crabbitmq_basic_nack:
            let nack = decoded.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee
            return .confirm(tag: nack.delivery_tag, multiple: nack.multiple != 0, acked: false)
        case crabbitmq_basic_cancel:
            let cancel = decoded.assumingMemoryBound(to: amqp_basic_cancel_t.self).pointee
            throw BrokerError(
                .connectionLost,
                "the broker cancelled the subscription to \(try queue(ofConsumer: cancel.consumer_tag))")
        case crabbitmq_connection_blocked:
            let blocked = decoded.assumingMemoryBound(to: amqp_connection_blocked_t.self).pointee
            return .blocked(String(wireText: blocked.reason))
        case crabbitmq_connection_unblocked:
            return .unblocked
        case crabbitmq_channel_close, crabbitmq_connection_close:
            throw Self.closed(by: method, state, "closed by the broker")
        default:
            throw BrokerError(.protocolViolation, "unexpected method \(method.id)")
        }
        return nil
    }

    /// A consumer tag is the decimal index of its subscription.
    private func queue(ofConsumer tag: amqp_bytes_t) throws(BrokerError) -> String {
        var index = 0
        for byte in UnsafeRawBufferPointer(start: tag.bytes, count: tag.len) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), index < subscribedQueues.count else {
                index = -1
                break
            }
            index = index * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard subscribedQueues.indices.contains(index) else {
            throw BrokerError(.protocolViolation, "an unknown consumer tag")
        }
        return subscribedQueues[index]
    }

    private func reusing(_ last: inout String, for bytes: amqp_bytes_t) -> String {
        if !last.isEqual(to: bytes) { last = String(wire: bytes) }
        return last
    }
}

/// Assembles a message body from its frames. Of a body above the limit only the first 4 KiB are kept; all of it is
/// hashed.
struct BodyCollector {
    private static let prefixLength = 4096

    private let expected: UInt64
    private(set) var received: UInt64 = 0
    private(set) var body: [UInt8] = []
    private var digest: SHA256?

    init(expected: UInt64, limit: Int) {
        self.expected = expected
        if expected > UInt64(max(limit, 0)) { digest = SHA256() }
    }

    var isComplete: Bool { received == expected }

    /// Returns false if there are more bytes than the content header announced.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard UInt64(bytes.count) <= expected - received else { return false }
        received += UInt64(bytes.count)
        if digest == nil {
            // The announced size is below the limit, so reserving it is safe.
            if body.isEmpty { body.reserveCapacity(Int(expected)) }
            body.append(contentsOf: bytes)
        } else {
            digest?.update(bufferPointer: bytes)
            let missing = Self.prefixLength - body.count
            if missing > 0 { body.append(contentsOf: bytes.prefix(missing)) }
        }
        return true
    }

    /// SHA-256 of a body above the limit, else nil.
    func finalDigest() -> [UInt8]? { digest.map { Array($0.finalize()) } }
}
