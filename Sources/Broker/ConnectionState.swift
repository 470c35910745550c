/// The state of a connection to the broker.
package enum ConnectionState: Sendable, Hashable {
    case connecting
    case connected
    /// The broker has a memory or disk alarm and accepts no publishes on this connection (`connection.blocked`). The
    /// connection is up otherwise.
    case publishingBlocked(reason: String)
    case disconnected(BrokerError)
    case stopped
}
