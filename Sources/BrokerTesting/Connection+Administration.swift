internal import Broker
internal import CRabbitMQ

/// Methods that services do not use.
extension Connection {
    func deleteQueue(_ queue: String) throws(BrokerError) {
        try pool.withRecycling { pool throws(BrokerError) in
            amqp_queue_delete(state, Self.channel, try pool.bytes(queue), 0, 0)
            try checkReply("queue.delete")
        }
    }

    func unbind(queue: String, exchange: String, key: String) throws(BrokerError) {
        try pool.withRecycling { pool throws(BrokerError) in
            amqp_queue_unbind(
                state, Self.channel, try pool.bytes(queue), try pool.bytes(exchange), try pool.bytes(key),
                amqp_table_t(num_entries: 0, entries: nil))
            try checkReply("queue.unbind")
        }
    }

    /// Returns the number of messages removed.
    func purge(_ queue: String) throws(BrokerError) -> Int {
        try pool.withRecycling { pool throws(BrokerError) in
            let ok = amqp_queue_purge(state, Self.channel, try pool.bytes(queue))
            try checkReply("queue.purge")
            return Int(ok?.pointee.message_count ?? 0)
        }
    }

    func counts(of queue: String) throws(BrokerError) -> (messages: Int, consumers: Int) {
        try pool.withRecycling { pool throws(BrokerError) in
            let ok = amqp_queue_declare(
                state, Self.channel, try pool.bytes(queue), 1, 0, 0, 0, amqp_table_t(num_entries: 0, entries: nil))
            try checkReply("queue.declare")
            return (Int(ok?.pointee.message_count ?? 0), Int(ok?.pointee.consumer_count ?? 0))
        }
    }

    /// Asks for one message. Returns false if the queue is empty; otherwise the delivery follows as an event.
    func get(from queue: String) throws(BrokerError) -> Bool {
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

    /// Cancels the last subscription.
    func cancelSubscription() throws(BrokerError) {
        amqp_basic_cancel(state, Self.channel, amqp_cstring_bytes("\(subscribedQueues.count - 1)"))
        try checkReply("basic.cancel")
    }

    /// Opens the channel again after the broker has closed it.
    func reopenChannel() throws(BrokerError) {
        content = nil
        subscribedQueues = []
        amqp_maybe_release_buffers(state)
        amqp_channel_open(state, Self.channel)
        try checkReply("channel.open")
    }
}
