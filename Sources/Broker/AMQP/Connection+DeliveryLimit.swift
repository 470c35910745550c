internal import CRabbitMQ

/// RabbitMQ 4 drops a message of a quorum queue once its consumers have lost it 20 times, unless a policy sets another
/// limit. No method of AMQP tells the limit, so it is tried out.
extension Connection {
    /// The first version whose quorum queues have a limit by default.
    static let firstLimitedVersion = 4
    /// How often the probe is lost: limits of up to 100 are found. A higher one is no default of any version, and a
    /// message that ends the process is parked long before (contract section 7).
    static let probeLosses = 101
    /// The suffix of the probe's queue, which the same policies must match.
    package static let probeSuffix = ".limit"
    /// How long the broker has to deliver the probe again before it counts as dropped.
    private static let probeTimeout: Duration = .seconds(5)

    /// The major version of RabbitMQ; nil if the server does not say.
    private var majorVersion: Int? {
        guard let properties = amqp_get_server_properties(state),
            case .string(let version) = HeaderValue.dictionary(properties.pointee)["version"]
        else { return nil }
        return Self.majorVersion(of: version)
    }

    package static func majorVersion(of version: String) -> Int? {
        version.split(separator: ".").first.flatMap { Int($0) }
    }

    /// Throws `topologyMismatch` if the queues may drop messages that are delivered often. Call it before a
    /// subscription: it opens the channel again.
    func requireUnlimitedDeliveries(of queues: [String]) throws(BrokerError) {
        guard let majorVersion, majorVersion >= Self.firstLimitedVersion else { return }
        for queue in queues {
            guard let limit = try deliveryLimit(of: queue) else { continue }
            throw BrokerError(
                .topologyMismatch,
                """
                the broker drops a message of \(queue) after \(limit) deliveries, so commands could be lost: import \
                deploy/rabbitmq/definitions.json (rabbitmqctl import_definitions FILE), or set a policy with a \
                delivery-limit of 1000000000 for \(queue) and \(queue)\(Self.probeSuffix)
                """)
        }
    }

    /// Publishes a message into a queue beside this one and loses it again and again, as a consumer that is killed
    /// does. Returns the number of deliveries after which the broker dropped it, or nil if it never did.
    package func deliveryLimit(of queue: String) throws(BrokerError) -> Int? {
        let probe = queue + Self.probeSuffix
        let wakeup = try Wakeup()
        try deleteQueue(probe)
        try declare([
            .queue(
                name: probe, durable: true, exclusive: false, autoDelete: false,
                // It is deleted below. If this process ends first, the broker does it.
                arguments: ["x-queue-type": .string("quorum"), "x-expires": .int(60_000)])
        ])
        try publish(
            OutgoingMessage(
                exchange: "", routingKey: probe, properties: MessageProperties(deliveryMode: 2), body: [],
                mandatory: false))
        for losses in 0...Self.probeLosses {
            guard try getProbe(from: probe, wakeup) else {
                try deleteQueue(probe)
                return losses
            }
            _ = amqp_channel_close(state, Self.channel, 200)
            try reopenChannel()
        }
        try deleteQueue(probe)
        return nil
    }

    /// Waits for the message to be delivered. False: it was dropped.
    private func getProbe(from probe: String, _ wakeup: Wakeup) throws(BrokerError) -> Bool {
        let deadline = ContinuousClock.now + Self.probeTimeout
        var isComing = false
        while ContinuousClock.now < deadline {
            if !isComing { isComing = try get(from: probe) }
            if isComing, case .delivery = try nextEvent() { return true }
            // The broker returns a lost message to its queue a moment after the channel is closed.
            wait(wakeup, atMost: .milliseconds(1))
        }
        return false
    }
}
