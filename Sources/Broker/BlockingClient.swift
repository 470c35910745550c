internal import CRabbitMQ
internal import Glibc

/// A one-off connection for declaring a topology, purging, publishing a few confirmed messages and getting messages:
/// for tools and tests. Synchronous: every call blocks its thread until the broker has answered. Not Sendable: one
/// thread at a time; make another for another. It reads on the caller's stack, which endlessly nested headers of a
/// hostile publisher may overflow: services use the others. After an error of the channel (a differing declaration, an
/// unknown queue) it goes on.
package final class BlockingClient {
    private let wakeup: Wakeup
    private var link: Connection?
    private var inFlight = ConfirmWindow()
    private var outcomes: [ConfirmWindow.Settled] = []
    private var confirms = false
    private var deliveries: [Delivery] = []
    /// The reason of the broker's alarm, while there is one.
    package private(set) var blockedReason: String?
    private let endpoint: BrokerEndpoint

    private init(_ endpoint: BrokerEndpoint, name: String, bodyLimit: Int) throws(BrokerError) {
        self.endpoint = endpoint
        wakeup = try Wakeup()
        // No heartbeat: between two calls nobody would send it, and the broker would close a session left alone.
        link = try Connection(to: endpoint, name: name, bodyLimit: bodyLimit, heartbeatSeconds: 0)
    }

    package static func connect(
        _ endpoint: BrokerEndpoint, name: String = "session", bodyLimit: Int = 128 << 20
    ) throws(BrokerError) -> BlockingClient {
        try BlockingClient(endpoint, name: name, bodyLimit: bodyLimit)
    }

    package static func connect(url: String, name: String = "session") throws(BrokerError) -> BlockingClient {
        try connect(BrokerEndpoint(url: url), name: name)
    }

    package func close() {
        link?.close()
        link = nil
    }

    // MARK: Topology

    package func declare(_ declarations: [Declaration]) throws(BrokerError) {
        try asking { link throws(BrokerError) in try link.declare(declarations) }
    }

    package func deleteQueue(_ queue: String) throws(BrokerError) {
        try asking { link throws(BrokerError) in
            try link.pool.withRecycling { pool throws(BrokerError) in
                amqp_queue_delete(link.state, Connection.channel, try pool.bytes(queue), 0, 0)
                try link.checkReply("queue.delete")
            }
        }
    }

    package func deleteExchange(_ exchange: String) throws(BrokerError) {
        try asking { link throws(BrokerError) in
            try link.pool.withRecycling { pool throws(BrokerError) in
                amqp_exchange_delete(link.state, Connection.channel, try pool.bytes(exchange), 0)
                try link.checkReply("exchange.delete")
            }
        }
    }

    package func unbind(queue: String, exchange: String, key: String) throws(BrokerError) {
        try asking { link throws(BrokerError) in
            try link.pool.withRecycling { pool throws(BrokerError) in
                amqp_queue_unbind(
                    link.state, Connection.channel, try pool.bytes(queue), try pool.bytes(exchange),
                    try pool.bytes(key),
                    amqp_table_t(num_entries: 0, entries: nil))
                try link.checkReply("queue.unbind")
            }
        }
    }

    /// How many were there.
    @discardableResult
    package func purge(_ queue: String) throws(BrokerError) -> Int {
        try asking { link throws(BrokerError) in
            try link.pool.withRecycling { pool throws(BrokerError) in
                let ok = amqp_queue_purge(link.state, Connection.channel, try pool.bytes(queue))
                try link.checkReply("queue.purge")
                return Int(ok?.pointee.message_count ?? 0)
            }
        }
    }

    /// Ready messages, without those delivered and unacked. Throws `notFound` if there is no such queue.
    package func messageCount(_ queue: String) throws(BrokerError) -> Int { try counts(queue).messages }

    package func consumerCount(_ queue: String) throws(BrokerError) -> Int { try counts(queue).consumers }

    private func counts(_ queue: String) throws(BrokerError) -> (messages: Int, consumers: Int) {
        try asking { link throws(BrokerError) in
            try link.pool.withRecycling { pool throws(BrokerError) in
                let ok = amqp_queue_declare(
                    link.state, Connection.channel, try pool.bytes(queue), 1, 0, 0, 0,
                    amqp_table_t(num_entries: 0, entries: nil))
                try link.checkReply("queue.declare")
                return (Int(ok?.pointee.message_count ?? 0), Int(ok?.pointee.consumer_count ?? 0))
            }
        }
    }

    // MARK: Publishing

    /// Publishes one message and waits for what becomes of it.
    @discardableResult
    package func publish(
        _ body: [UInt8], exchange: String = "", routingKey: String, properties: MessageProperties = MessageProperties(),
        mandatory: Bool = true, within limit: Duration = .seconds(10)
    ) throws(BrokerError) -> PublishOutcome {
        let message = OutgoingMessage(
            exchange: exchange, routingKey: routingKey, properties: properties, body: body, mandatory: mandatory)
        return try publishBatch([message], within: limit)[0]
    }

    /// Publishes all, up to 512 in flight; the outcomes in the order of the messages. Tickets are ignored.
    @discardableResult
    package func publishBatch(
        _ messages: [OutgoingMessage], within limit: Duration = .seconds(30)
    ) throws(BrokerError) -> [PublishOutcome] {
        try asking { link throws(BrokerError) in
            let deadline = ContinuousClock.now + limit
            if !confirms {
                try link.selectConfirms()
                confirms = true
                inFlight = ConfirmWindow()
            }
            var results = [PublishOutcome?](repeating: nil, count: messages.count)
            var next = 0
            while next < messages.count || !inFlight.isEmpty {
                try drain(link)
                for (publishID, outcome) in outcomes { results[Int(publishID)] = outcome }
                outcomes.removeAll(keepingCapacity: true)
                var sent = 0
                while next < messages.count, inFlight.count < 512, sent < 128, blockedReason == nil {
                    var message = messages[next]
                    message.publishID = UInt64(next)
                    if let reason = message.unsendable(frameMax: Connection.frameMax) {
                        results[next] = .returned(code: 0, text: reason)
                    } else {
                        inFlight.published(message)
                        try link.publish(message)
                    }
                    next += 1
                    sent += 1
                }
                if sent > 0 { continue }
                if ContinuousClock.now >= deadline {
                    // What is undecided now would be taken for a later message's.
                    self.link = nil
                    throw BrokerError(.timeout, blockedReason ?? "no confirm in time")
                }
                if !inFlight.isEmpty || next < messages.count { link.wait(wakeup, atMost: .milliseconds(100)) }
            }
            return results.map { $0 ?? .nacked }
        }
    }

    // MARK: Reading

    /// One message, or nil if the queue is empty. The broker refuses it for quorum queues with a single active
    /// consumer.
    package func get(_ queue: String, ack: Bool = true) throws(BrokerError) -> Delivery? {
        try asking { link throws(BrokerError) in
            let isEmpty = try link.pool.withRecycling { pool throws(BrokerError) in
                let reply = amqp_basic_get(link.state, Connection.channel, try pool.bytes(queue), 0)
                try Connection.check(reply, link.state, "basic.get")
                guard Int(reply.reply.id) == crabbitmq_basic_get_ok, let decoded = reply.reply.decoded else {
                    return true
                }
                let ok = decoded.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee
                link.content = Connection.Content(
                    purpose: .delivery,
                    delivery: Delivery(
                        tag: ok.delivery_tag, queue: queue, exchange: String(wire: ok.exchange),
                        routingKey: String(wire: ok.routing_key), redelivered: ok.redelivered != 0, body: []))
                return false
            }
            if isEmpty { return nil }
            let before = deliveries.count
            try wait(link, until: .now + .seconds(30)) { deliveries.count > before }
            let delivery = deliveries.removeLast()
            if ack { try link.ack(delivery.tag, multiple: false) }
            return delivery
        }
    }

    /// Consumes and acks so many, in order, waiting for them; fewer if they don't come in time. Unlike `get` it also
    /// reads quorum queues with a single active consumer.
    package func take(
        _ count: Int, from queue: String, within limit: Duration = .seconds(10)
    ) throws(BrokerError) -> [Delivery] {
        let deadline = ContinuousClock.now + limit
        var taken: [Delivery] = []
        while taken.count < count {
            let wanted = min(count - taken.count, 10_000)
            let part = try consume(wanted, from: queue, until: deadline)
            taken += part
            if part.count < wanted { break }
        }
        return taken
    }

    private func consume(
        _ count: Int, from queue: String, until deadline: ContinuousClock.Instant
    ) throws(BrokerError) -> [Delivery] {
        try asking { link throws(BrokerError) in
            try link.subscribe(to: queue, prefetch: UInt16(count))
            try wait(link, until: deadline, orThrow: false) { deliveries.count >= count }
            // Cancelled first, so that no more comes than the prefetch has let through; what came until then is taken
            // as well.
            amqp_basic_cancel(link.state, Connection.channel, amqp_cstring_bytes("\(link.subscribed.count - 1)"))
            try link.checkReply("basic.cancel")
            try drain(link)
            let taken = deliveries
            deliveries = []
            if let last = taken.last { try link.ack(last.tag, multiple: true) }
            return taken
        }
    }

    /// Subscribes; `next` gives what comes. Nothing is acked by itself. Not to be mixed with `get` and `take`.
    package func subscribe(to queue: String, prefetch: UInt16 = 100) throws(BrokerError) {
        try asking { link throws(BrokerError) in try link.subscribe(to: queue, prefetch: prefetch) }
    }

    /// The next delivery of the subscriptions, or nil if none comes in time.
    package func next(within limit: Duration = .seconds(10)) throws(BrokerError) -> Delivery? {
        try asking { link throws(BrokerError) in
            try wait(link, until: .now + limit, orThrow: false) { !deliveries.isEmpty }
            return deliveries.isEmpty ? nil : deliveries.removeFirst()
        }
    }

    package func ack(_ tag: UInt64, multiple: Bool = false) throws(BrokerError) {
        try asking { link throws(BrokerError) in try link.ack(tag, multiple: multiple) }
    }

    // MARK: The link

    /// Reads what has come, such as the broker's word of an alarm.
    package func poll() throws(BrokerError) { try asking { link throws(BrokerError) in try drain(link) } }

    private func asking<Result>(_ body: (Connection) throws(BrokerError) -> Result) throws(BrokerError) -> Result {
        guard let link else { throw BrokerError(.connectionLost, "the session is closed") }
        do {
            return try body(link)
        } catch {
            switch error.code {
            case .topologyMismatch, .resourceLocked, .notFound, .accessRefused:
                // The broker has closed the channel, not the connection: a new one, on which nothing is in flight.
                confirms = false
                inFlight = ConfirmWindow()
                outcomes = []
                deliveries = []
                if (try? link.reopenChannel()) == nil { self.link = nil }
            case .invalidMessage: break
            default: self.link = nil
            }
            throw error
        }
    }

    private func wait(
        _ link: Connection, until deadline: ContinuousClock.Instant, orThrow: Bool = true, _ done: () -> Bool
    ) throws(BrokerError) {
        while true {
            try drain(link)
            if done() { return }
            let left = deadline - .now
            if left <= .zero {
                if orThrow { throw BrokerError(.timeout, "the message did not come in time") }
                return
            }
            link.wait(wakeup, atMost: min(left, .milliseconds(100)))
        }
    }

    private func drain(_ link: Connection) throws(BrokerError) {
        while let event = try link.nextEvent() {
            switch event {
            case .delivery(let delivery): deliveries.append(delivery)
            case .returned(let delivery, let code, let text):
                if !inFlight.returned(delivery, code: code, text: text) {
                    throw BrokerError(.protocolViolation, "a message came back that was not sent")
                }
            case .confirm(let tag, let multiple, let acked):
                inFlight.settled(tag: tag, multiple: multiple, confirmed: acked, into: &outcomes)
            case .blocked(let reason): blockedReason = reason
            case .unblocked: blockedReason = nil
            }
        }
    }
}
