package import Contracts

/// A message as it was observed on an exchange.
package struct ObservedMessage: Sendable, Hashable {
    package var exchange: String
    package var routingKey: String
    package var messageID: String
    /// `<service>.<partition>`; `nil` if it came from outside.
    package var producer: String?
    package var stream: String?
    package var epoch: Int64?
    package var seq: Int64?
    /// The trace id of its `traceparent`.
    package var trace: String?
    /// The property `timestamp`: when the producer decided to send it, by its clock and in whole seconds.
    package var sentAt: Timestamp?
    package var body: [UInt8]
    /// `nil` if the body is not a message of the contract.
    package private(set) var message: Message?

    package init(
        exchange: String, routingKey: String, messageID: String, producer: String? = nil, stream: String? = nil,
        epoch: Int64? = nil, seq: Int64? = nil, traceparent: String? = nil, sentAt: Timestamp? = nil, body: [UInt8]
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
        self.sentAt = sentAt
        self.body = body
        message = try? Message(parsing: body)
    }

    /// A copy with another body.
    func replacingMessage(_ message: Message) -> ObservedMessage {
        var other = self
        other.message = message
        other.body = message.encoded()
        return other
    }

    package var isNotification: Bool { exchange == Exchange.notifications }

    /// The parts `stream/epoch/number` of the message id, which also orders messages without stream headers.
    package var position: (stream: Substring, epoch: Int64, number: Int64)? {
        let parts = messageID.split(separator: "/")
        guard parts.count == 3, let epoch = Int64(parts[1]), let number = Int64(parts[2]) else { return nil }
        return (parts[0], epoch, number)
    }

    package var line: String {
        "\(producer ?? "outside") → \(routingKey): \(String(decoding: body.prefix(400), as: UTF8.self))"
    }
}
