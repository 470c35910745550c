package import Broker

/// A synchronous connection for tests and benchmarks: declares a topology, purges, publishes confirmed messages and
/// gets messages. Every call blocks its thread until the broker has answered. Not Sendable: use one client per thread.
/// After a channel error (a differing declaration, an unknown queue) it continues on a new channel.
package final class BlockingClient {
    private let wakeup: Wakeup
    private var connection: Connection?
    private var inFlight = ConfirmWindow()
    private var outcomes: [ConfirmWindow.Settled] = []
    private var isConfirming = false
    private var deliveries: [Delivery] = []
    /// The reason of the broker's alarm, while there is one.
    package private(set) var blockedReason: String?
    private let endpoint: BrokerEndpoint

    private init(_ endpoint: BrokerEndpoint, name: String, bodyLimit: Int) throws(BrokerError) {
        self.endpoint = endpoint
        wakeup = try Wakeup()
        // No heartbeat: no thread sends it between two calls, and the broker would close an idle connection.
        connection = try Connection(to: endpoint, name: name, bodyLimit: bodyLimit, heartbeatSeconds: 0)
    }

    package static func connect(
        _ endpoint: BrokerEndpoint, name: String = "client", bodyLimit: Int = 128 << 20
    ) throws(BrokerError) -> BlockingClient {
        try BlockingClient(endpoint, name: name, bodyLimit: bodyLimit)
    }

    package static func connect(url: String, name: String = "client") throws(BrokerError) -> BlockingClient {
        try connect(BrokerEndpoint(url: url), name: name)
    }

    package func close() {
        connection?.close()
        connection = nil
    }

    // MARK: - Topology

    package func declare(_ declarations: [Declaration]) throws(BrokerError) {
        try withConnection { connection throws(BrokerError) in try connection.declare(declarations) }
    }

    package func deleteQueue(_ queue: String) throws(BrokerError) {
        try withConnection { connection throws(BrokerError) in try connection.deleteQueue(queue) }
    }

    package func unbind(queue: String, exchange: String, key: String) throws(BrokerError) {
        try withConnection { connection throws(BrokerError) in
            try connection.unbind(queue: queue, exchange: exchange, key: key)
        }
    }

    /// Returns the number of messages removed.
    @discardableResult
    package func purge(_ queue: String) throws(BrokerError) -> Int {
        try withConnection { connection throws(BrokerError) in try connection.purge(queue) }
    }

    /// The number of ready messages, without unacked ones. Throws `notFound` if the queue does not exist.
    package func messageCount(_ queue: String) throws(BrokerError) -> Int {
        try withConnection { connection throws(BrokerError) in try connection.counts(of: queue).messages }
    }

    /// After how many deliveries the broker drops a message of this queue; nil if it keeps it.
    package func deliveryLimit(of queue: String) throws(BrokerError) -> Int? {
        isConfirming = false
        return try withConnection { connection throws(BrokerError) in try connection.deliveryLimit(of: queue) }
    }

    package func consumerCount(_ queue: String) throws(BrokerError) -> Int {
        try withConnection { connection throws(BrokerError) in try connection.counts(of: queue).consumers }
    }

    // MARK: - Publishing

    /// Publishes one message and waits for its outcome.
    @discardableResult
    package func publish(
        _ body: [UInt8], exchange: String = "", routingKey: String, properties: MessageProperties = MessageProperties(),
        mandatory: Bool = true, within limit: Duration = .seconds(10)
    ) throws(BrokerError) -> PublishOutcome {
        let message = OutgoingMessage(
            exchange: exchange, routingKey: routingKey, properties: properties, body: body, mandatory: mandatory)
        return try publishBatch([message], within: limit)[0]
    }

    /// Publishes messages with up to 512 in flight, and returns their outcomes in the same order. Ignores `publishID`.
    @discardableResult
    package func publishBatch(
        _ messages: [OutgoingMessage], within limit: Duration = .seconds(30)
    ) throws(BrokerError) -> [PublishOutcome] {
        try withConnection { connection throws(BrokerError) in
            let deadline = ContinuousClock.now + limit
            if !isConfirming {
                try connection.selectConfirms()
                isConfirming = true
                inFlight = ConfirmWindow()
            }
            var results = [PublishOutcome?](repeating: nil, count: messages.count)
            var next = 0
            while next < messages.count || !inFlight.isEmpty {
                try readEvents(of: connection)
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
                        try connection.publish(message)
                    }
                    next += 1
                    sent += 1
                }
                if sent > 0 { continue }
                if ContinuousClock.now >= deadline {
                    // On this connection a late confirm would be taken for a later message's.
                    self.connection = nil
                    throw BrokerError(.timeout, blockedReason ?? "no confirm in time")
                }
                if !inFlight.isEmpty || next < messages.count {
                    connection.wait(wakeup, atMost: .milliseconds(100))
                }
            }
            return results.map { $0 ?? .nacked }
        }
    }

    // MARK: - Consuming

    /// Gets one message, or nil if the queue is empty. The broker refuses this for quorum queues with a single active
    /// consumer.
    package func get(_ queue: String, ack: Bool = true) throws(BrokerError) -> Delivery? {
        try withConnection { connection throws(BrokerError) in
            guard try connection.get(from: queue) else { return nil }
            let before = deliveries.count
            try wait(connection, until: .now + .seconds(30)) { deliveries.count > before }
            let delivery = deliveries.removeLast()
            if ack { try connection.ack(delivery.tag, multiple: false) }
            return delivery
        }
    }

    /// Consumes and acks `count` messages in order, or fewer if they do not arrive in time. Unlike `get`, this also
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
        try withConnection { connection throws(BrokerError) in
            try connection.subscribe(to: queue, prefetch: UInt16(count))
            try wait(connection, until: deadline, orThrow: false) { deliveries.count >= count }
            // Cancel before acking, so that the broker sends no more than the prefetch; then take what it had sent.
            try connection.cancelSubscription()
            try readEvents(of: connection)
            let taken = deliveries
            deliveries = []
            if let last = taken.last { try connection.ack(last.tag, multiple: true) }
            return taken
        }
    }

    /// Subscribes; `next` returns the deliveries, and the caller acks them. Do not combine with `get` and `take`.
    package func subscribe(to queue: String, prefetch: UInt16 = 100) throws(BrokerError) {
        try withConnection { connection throws(BrokerError) in
            try connection.subscribe(to: queue, prefetch: prefetch)
        }
    }

    /// Returns the next delivery of the subscriptions, or nil if none arrives in time.
    package func next(within limit: Duration = .seconds(10)) throws(BrokerError) -> Delivery? {
        try withConnection { connection throws(BrokerError) in
            try wait(connection, until: .now + limit, orThrow: false) { !deliveries.isEmpty }
            return deliveries.isEmpty ? nil : deliveries.removeFirst()
        }
    }

    package func ack(_ tag: UInt64, multiple: Bool = false) throws(BrokerError) {
        try withConnection { connection throws(BrokerError) in try connection.ack(tag, multiple: multiple) }
    }

    // MARK: - Connection

    /// Reads pending events, such as the notification of an alarm.
    package func poll() throws(BrokerError) {
        try withConnection { connection throws(BrokerError) in try readEvents(of: connection) }
    }

    private func withConnection<Result>(
        _ body: (Connection) throws(BrokerError) -> Result
    ) throws(BrokerError) -> Result {
        guard let connection else { throw BrokerError(.connectionLost, "the client is closed") }
        do {
            return try body(connection)
        } catch {
            switch error.code {
            case .topologyMismatch, .resourceLocked, .notFound, .accessRefused:
                // The broker has closed the channel, not the connection: a new channel has nothing in flight.
                isConfirming = false
                inFlight = ConfirmWindow()
                outcomes = []
                deliveries = []
                if (try? connection.reopenChannel()) == nil { self.connection = nil }
            case .invalidMessage: break
            default: self.connection = nil
            }
            throw error
        }
    }

    private func wait(
        _ connection: Connection, until deadline: ContinuousClock.Instant, orThrow: Bool = true,
        _ isDone: () -> Bool
    ) throws(BrokerError) {
        while true {
            try readEvents(of: connection)
            if isDone() { return }
            let left = deadline - .now
            if left <= .zero {
                if orThrow { throw BrokerError(.timeout, "the message did not arrive in time") }
                return
            }
            connection.wait(wakeup, atMost: min(left, .milliseconds(100)))
        }
    }

    private func readEvents(of connection: Connection) throws(BrokerError) {
        while let event = try connection.nextEvent() {
            switch event {
            case .delivery(let delivery): deliveries.append(delivery)
            case .returned(let delivery, let code, let text):
                if !inFlight.returned(delivery, code: code, text: text) {
                    throw BrokerError(.protocolViolation, "the broker returned a message that was not sent")
                }
            case .confirm(let tag, let multiple, let acked):
                inFlight.settled(tag: tag, multiple: multiple, confirmed: acked, into: &outcomes)
            case .blocked(let reason): blockedReason = reason
            case .unblocked: blockedReason = nil
            }
        }
    }
}
