import Contracts

/// A message as it was seen on an exchange.
struct Sighting: Sendable, Hashable {
    var at: Timestamp
    var message: Message
    var exchange: String
    /// Whom the routing key names; nil of a bare key, which the world uses, and of a person's.
    var recipient: ServiceName?
    /// The same of a message that is published again.
    var messageID: String?
    var body: String

    /// Whether the world says it: a fund or a volunteer.
    var isCommand: Bool { recipient == nil && exchange != Exchange.notifications }
}
