internal import CRabbitMQ
internal import Glibc

extension Connection {
    /// Call it before a subscription and before confirms are selected: it may open the channel again.
    package func declare(_ declarations: [Declaration]) throws(BrokerError) {
        for declaration in declarations {
            if case .exchange(let name, _, _) = declaration {
                try declare(exchange: name, declaration)
            } else {
                try send(declaration)
            }
        }
    }

    /// The exchanges belong to the whole system, so a user with the least rights may not declare them, and uses those
    /// that are there.
    private func declare(exchange name: String, _ declaration: Declaration) throws(BrokerError) {
        let refused = RefusedExchanges.shared
        if refused.mayDeclare(name, user) {
            do throws(BrokerError) {
                try send(declaration)
                return refused.record(.declared, of: name, user)
            } catch {
                refused.record(error.code == .accessRefused ? .refused : nil, of: name, user)
                guard error.code == .accessRefused else { throw error }
                try reopenChannel()
            }
        }
        if try !hasExchange(name) { try send(declaration) }
    }

    /// Whether an exchange exists; to ask needs no right. If it does not, the broker closes the channel, and it is
    /// opened again.
    private func hasExchange(_ name: String) throws(BrokerError) -> Bool {
        do throws(BrokerError) {
            try send(.exchange(name: name, type: "", durable: true), isPassive: true)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            try reopenChannel()
            return false
        }
    }

    private func send(_ declaration: Declaration, isPassive: Bool = false) throws(BrokerError) {
        try pool.withRecycling { pool throws(BrokerError) in try send(declaration, isPassive: isPassive, pool) }
        amqp_maybe_release_buffers(state)
    }

    private func send(_ declaration: Declaration, isPassive: Bool, _ pool: WirePool) throws(BrokerError) {
        let none = amqp_table_t(num_entries: 0, entries: nil)
        switch declaration {
        case .exchange(let name, let type, let durable):
            try checkLength(name, type)
            amqp_exchange_declare(
                state, Self.channel, try pool.bytes(name), try pool.bytes(type), isPassive ? 1 : 0, durable ? 1 : 0, 0,
                0, none)
            try checkReply("exchange.declare")
        case .queue(let name, let durable, let exclusive, let autoDelete, let arguments):
            try checkLength(name)
            amqp_queue_declare(
                state, Self.channel, try pool.bytes(name), 0, durable ? 1 : 0, exclusive ? 1 : 0, autoDelete ? 1 : 0,
                try pool.table(arguments))
            try checkReply("queue.declare")
        case .binding(let queue, let exchange, let key):
            try checkLength(queue, exchange, key)
            amqp_queue_bind(
                state, Self.channel, try pool.bytes(queue), try pool.bytes(exchange), try pool.bytes(key), none)
            try checkReply("queue.bind")
        }
    }

    /// The library writes the length of a short string into one byte, so it would send a longer name as a different
    /// one.
    private func checkLength(_ names: String...) throws(BrokerError) {
        for name in names where name.utf8.count > 255 { throw BrokerError(.invalidMessage, "a name above 255 bytes") }
    }

    /// The prefetch is per consumer: it applies to this subscription only.
    package func subscribe(
        to queue: String, prefetch: UInt16, exclusive: Bool = false, noAck: Bool = false
    ) throws(BrokerError) {
        if !noAck {
            amqp_basic_qos(state, Self.channel, 0, prefetch, 0)
            try checkReply("basic.qos")
        }
        subscribedQueues.append(queue)
        try pool.withRecycling { pool throws(BrokerError) in
            amqp_basic_consume(
                state, Self.channel, try pool.bytes(queue), try pool.bytes("\(subscribedQueues.count - 1)"), 0,
                noAck ? 1 : 0, exclusive ? 1 : 0, amqp_table_t(num_entries: 0, entries: nil))
            try checkReply("basic.consume")
        }
        amqp_maybe_release_buffers(state)
    }

    /// The number of ready messages in a queue. Approximate, because the broker counts those of a quorum queue only
    /// from time to time.
    func messageCount(of queue: String) throws(BrokerError) -> Int {
        defer { amqp_maybe_release_buffers(state) }
        let none = amqp_table_t(num_entries: 0, entries: nil)
        let count = try pool.withRecycling { pool throws(BrokerError) in
            amqp_queue_declare(state, Self.channel, try pool.bytes(queue), 1, 0, 0, 0, none)
                .map { Int($0.pointee.message_count) }
        }
        try checkReply("queue.declare passive")
        return count ?? 0
    }

    /// Whether a queue exists. Call it before a subscription: if it does not, the broker closes the channel, and it is
    /// opened again.
    func exists(_ queue: String) throws(BrokerError) -> Bool {
        do throws(BrokerError) {
            _ = try messageCount(of: queue)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            try reopenChannel()
            return false
        }
    }

    package func selectConfirms() throws(BrokerError) {
        amqp_confirm_select(state, Self.channel)
        try checkReply("confirm.select")
    }

    package func ack(_ tag: UInt64, multiple: Bool) throws(BrokerError) {
        try check(amqp_basic_ack(state, Self.channel, tag, multiple ? 1 : 0), "basic.ack")
    }

    /// Check `unsendable` first. Read all pending events before a batch of publishes: with a heartbeat overdue, the
    /// library waits for ever in this call.
    package func publish(_ message: OutgoingMessage) throws(BrokerError) {
        let status = try pool.withRecycling { pool throws(BrokerError) in
            let exchange = try pool.bytes(message.exchange)
            let routingKey = try pool.bytes(message.routingKey)
            var properties = try message.properties.wire(in: pool)
            return message.body.withUnsafeBytes { body in
                amqp_basic_publish(
                    state, Self.channel, exchange, routingKey, message.mandatory ? 1 : 0, 0, &properties,
                    amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
            }
        }
        try check(status, "basic.publish")
    }

    /// Sends what `body` publishes in as few packets as possible.
    func corked(_ body: () throws(BrokerError) -> Void) throws(BrokerError) {
        let descriptor = descriptor
        _ = crabbitmq_set_cork(descriptor, 1)
        defer { if self.descriptor == descriptor { _ = crabbitmq_set_cork(descriptor, 0) } }
        try body()
    }

    // MARK: - Single messages and queues

    package func deleteQueue(_ queue: String) throws(BrokerError) {
        try pool.withRecycling { pool throws(BrokerError) in
            amqp_queue_delete(state, Self.channel, try pool.bytes(queue), 0, 0)
            try checkReply("queue.delete")
        }
    }

    /// Asks for one message. Returns false if the queue is empty; otherwise the delivery follows as an event.
    package func get(from queue: String) throws(BrokerError) -> Bool {
        try pool.withRecycling { pool throws(BrokerError) in
            let reply = amqp_basic_get(state, Self.channel, try pool.bytes(queue), 0)
            try Self.check(reply, state, "basic.get")
            guard Int(reply.reply.id) == crabbitmq_basic_get_ok, let decoded = reply.reply.decoded else { return false }
            let ok = decoded.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee
            content = Content(
                kind: .delivery,
                delivery: Delivery(
                    tag: ok.delivery_tag, queue: queue, exchange: String(wire: ok.exchange),
                    routingKey: String(wire: ok.routing_key), redelivered: ok.redelivered != 0, body: []))
            return true
        }
    }

    /// Opens the channel again after the broker has closed it.
    package func reopenChannel() throws(BrokerError) {
        content = nil
        subscribedQueues = []
        amqp_maybe_release_buffers(state)
        amqp_channel_open(state, Self.channel)
        try checkReply("channel.open")
    }
}
