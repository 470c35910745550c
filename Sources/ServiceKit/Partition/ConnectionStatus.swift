package import Broker

/// Whether a connection is up, and if not, why: for `/readyz`.
package struct ConnectionStatus: Sendable, Hashable {
    package private(set) var isConnected = false
    /// The last failure since it was up. It is kept while the next attempt runs.
    private var failure: BrokerError.Code?

    package init() {}

    /// A blocked connection counts as connected: the broker accepts publishes again when its alarm is over.
    package mutating func changed(to state: ConnectionState) {
        switch state {
        case .connected, .publishingBlocked:
            isConnected = true
            failure = nil
        case .disconnected(let error):
            isConnected = false
            failure = error.code
        case .connecting, .stopped: isConnected = false
        }
    }

    /// Nil if it is up. Safe to show: it names no user and no address.
    package var problem: String? {
        isConnected ? nil : failure?.rawValue ?? "not connected yet"
    }
}
