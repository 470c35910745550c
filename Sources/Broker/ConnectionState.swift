/// How a connection to the broker stands, as told to `onState`.
package enum ConnectionState: Sendable, Hashable {
    case connecting
    case connected
    /// The broker has an alarm (memory, disk) and takes no publishes from this connection; the text is its reason.
    case blocked(reason: String)
    case disconnected(BrokerError)
    case stopped
}
