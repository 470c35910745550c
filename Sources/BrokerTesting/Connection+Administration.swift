internal import Broker
internal import CRabbitMQ

/// Methods that services do not use.
extension Connection {
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

    /// Cancels the last subscription.
    func cancelSubscription() throws(BrokerError) {
        amqp_basic_cancel(state, Self.channel, amqp_cstring_bytes("\(subscribedQueues.count - 1)"))
        try checkReply("basic.cancel")
    }
}
