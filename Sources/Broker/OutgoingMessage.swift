/// A message to be published. The publishID is the caller's own name for it, unique among those in flight.
package struct OutgoingMessage: Sendable, Hashable {
    package var publishID: UInt64
    package var exchange: String
    package var routingKey: String
    package var properties: MessageProperties
    package var body: [UInt8]
    /// Asks the broker to return what no queue receives. Without it an unroutable message is confirmed and gone.
    package var mandatory: Bool

    package init(
        publishID: UInt64 = 0, exchange: String, routingKey: String,
        properties: MessageProperties = MessageProperties(),
        body: [UInt8], mandatory: Bool = true
    ) {
        self.publishID = publishID
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.mandatory = mandatory
    }
}

/// What became of a published message.
package enum PublishOutcome: Sendable, Hashable {
    /// The broker has taken responsibility, and if it was mandatory, at least one queue has it.
    case confirmed
    /// A queue refused it (full, or its leader is gone). Others may have it: a republication must bear the same id.
    case nacked
    /// No queue receives it; 312 is NO_ROUTE. Code 0: it was never sent, because AMQP cannot carry it; the text says
    /// why.
    case returned(code: Int, text: String)
}
