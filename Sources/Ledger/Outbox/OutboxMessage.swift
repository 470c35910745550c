package import Contracts

/// A row of the outbox, ready to be published.
package struct OutboxMessage: Sendable {
    package let publishID: RelayState.PublishID
    /// The name of the outbox stream.
    package let stream: String
    /// Whether a partition of the system consumes it: then it has stream headers and must be routable.
    package let isStreamed: Bool
    package let epoch: Int64
    package let seq: Int64
    package let action: String
    package let exchange: String
    package let routingKey: String
    package let traceparent: String
    package let createdAt: Timestamp
    package let body: [UInt8]
    /// Unique, and the same when the message is published again.
    package let messageID: String
}
