import Contracts

/// A message observed on an exchange.
struct ObservedMessage: Sendable, Hashable {
    var at: Timestamp
    var message: Message
    var exchange: String
    /// The service in the routing key; nil for a bare key, which foreign messages have, and for a user's id.
    var recipient: ServiceName?
    /// Stays the same if the message is published again.
    var messageID: String?
    var body: String

    /// Whether it is a command of a fund or a volunteer.
    var isCommand: Bool { recipient == nil && exchange != Exchange.notifications }
}
