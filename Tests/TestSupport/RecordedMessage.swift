package import Broker
package import Contracts

/// A message as it was published.
package struct RecordedMessage: Sendable {
    package let exchange: String
    package let routingKey: String
    package let properties: MessageProperties
    package let body: [UInt8]
    /// From the first word of the routing key. The routing key of a notification is the user's id.
    package let action: Action?
    /// Whether it is addressed to a user, outside the system.
    package var isNotification: Bool { exchange == Exchange.notifications }

    package init(_ delivery: Delivery) {
        exchange = delivery.exchange
        routingKey = delivery.routingKey
        properties = delivery.properties
        body = delivery.body
        action =
            delivery.exchange == Exchange.notifications
            ? .notification : Action(rawValue: String(delivery.routingKey.prefix { $0 != "." }))
    }

    /// The parsed body; nil if it has none of the contract's shapes.
    package var message: Message? { try? Message(parsing: body) }
    package var messageID: String? { properties.messageID }
    /// Whether one of the services published it; otherwise it came from a test.
    package var isOurs: Bool { properties.appID != nil }
    package var stream: String? { properties.headers[HeaderName.stream]?.stringValue }
    package var epoch: Int64? { properties.headers[HeaderName.epoch]?.intValue }
    package var seq: Int64? { properties.headers[HeaderName.seq]?.intValue }
    package var text: String { String(decoding: body, as: UTF8.self) }
}
