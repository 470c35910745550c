package import Contracts

/// A message as it was seen on an exchange.
package struct Sighting: Sendable, Hashable {
    package var exchange: String
    package var routingKey: String
    package var messageID: String
    /// `<service>.<partition>`; nil: it came from the world.
    package var producer: String?
    package var stream: String?
    package var epoch: Int64?
    package var seq: Int64?
    /// The trace id of its `traceparent`.
    package var trace: String?
    package var body: [UInt8]
    /// Nil when it is none of the contract's shapes.
    package private(set) var message: Message?

    package init(
        exchange: String, routingKey: String, messageID: String, producer: String? = nil, stream: String? = nil,
        epoch: Int64? = nil, seq: Int64? = nil, traceparent: String? = nil, body: [UInt8]
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.messageID = messageID
        self.producer = producer
        self.stream = stream
        self.epoch = epoch
        self.seq = seq
        let parts = traceparent?.split(separator: "-") ?? []
        trace = parts.count == 4 ? String(parts[1]) : nil
        self.body = body
        message = try? Message(parsing: body)
    }

    /// The same, with another body.
    func saying(_ message: Message) -> Sighting {
        var other = self
        other.message = message
        other.body = message.encoded()
        return other
    }

    package var isLetter: Bool { exchange == Exchange.notifications }

    /// `lane/epoch/number` of the message id, by which also what bears no stream headers is in order.
    package var place: (lane: Substring, epoch: Int64, number: Int64)? {
        let parts = messageID.split(separator: "/")
        guard parts.count == 3, let epoch = Int64(parts[1]), let number = Int64(parts[2]) else { return nil }
        return (parts[0], epoch, number)
    }

    package var line: String {
        "\(producer ?? "the world") → \(routingKey): \(String(decoding: body.prefix(400), as: UTF8.self))"
    }
}
