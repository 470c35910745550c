import HummingbirdCore
import NIOCore
import Synchronization

/// Bounds the open connections of a server. When there are too many, the one that has been idle longest is closed, so
/// that silent clients do not keep others out.
///
/// One connection above the limit is accepted, since nothing else shows that a client is waiting; then another must go.
/// While all are busy, none goes, and further clients wait in the system's queue.
package final class ConnectionLimiter: Sendable {
    package let maxConnections: Int
    private let state = Mutex(State())
    /// Whether the next connection that becomes idle must be closed.
    private let needsPlace = Atomic(false)

    private struct State {
        /// Accepted connections that are not closed yet.
        var openCount = 0
        var connections: [ObjectIdentifier: Connection] = [:]
        /// Those of the connections that were asked to close.
        var leaving: Set<ObjectIdentifier> = []
        /// The youngest connection. It is never asked to close: its client has had no time to send a request.
        var newest: ObjectIdentifier?

        /// The connection to close next; nil if all are busy.
        var longestIdle: Connection? {
            let idle = connections.lazy
                .filter { $0.key != newest && !leaving.contains($0.key) }
                .map { (order: $0.value.order.load(ordering: .relaxed), connection: $0.value) }
                .filter { $0.order != .max }
            return idle.min { $0.order < $1.order }?.connection
        }
    }

    /// An open connection, as its channel handler reports it.
    final class Connection: Sendable {
        private let channel: any Channel
        /// The key by which connections are closed, the lowest first; `UInt64.max` while the server owes a response.
        fileprivate let order = Atomic(UInt64.max)

        fileprivate init(channel: any Channel) {
            self.channel = channel
        }

        /// Asks the handler, on the channel's event loop, to close the connection unless it has become busy.
        ///
        /// Not at once, even there: a connection becomes idle when its response is written, before it is flushed.
        fileprivate func askToClose() {
            channel.eventLoop.execute { [channel] in
                channel.pipeline.fireUserInboundEventTriggered(CloseIfIdle())
            }
        }
    }

    /// The event by which a connection's handler is asked to close it; the handler answers with
    /// ``connectionIsBusy(_:)`` if it does not.
    struct CloseIfIdle: Sendable {}

    package init(maxConnections: Int) {
        self.maxConnections = maxConnections
    }

    // MARK: - From the connections

    func add(_ channel: any Channel) -> Connection {
        let connection = Connection(channel: channel)
        state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = connection
            state.newest = ObjectIdentifier(connection)
        }
        return connection
    }

    func remove(_ connection: Connection) {
        state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            state.leaving.remove(ObjectIdentifier(connection))
        }
    }

    /// - Parameter order: ``ConnectionDeadlines/closingOrder``.
    func update(_ connection: Connection, order: UInt64?) {
        connection.order.store(order ?? .max, ordering: .relaxed)
        if order != nil, needsPlace.load(ordering: .relaxed) { makePlace() }
    }

    /// The connection was asked to close, but has become busy: another one must go.
    func connectionIsBusy(_ connection: Connection) {
        state.withLock { _ = $0.leaving.remove(ObjectIdentifier(connection)) }
        makePlace()
    }

    // MARK: - Making places

    private func makePlace() {
        let leaving = state.withLock { state in
            let isFull = state.openCount - state.leaving.count > maxConnections
            let first = isFull ? state.longestIdle : nil
            if let first { state.leaving.insert(ObjectIdentifier(first)) }
            needsPlace.store(isFull && first == nil, ordering: .relaxed)
            return first
        }
        leaving?.askToClose()
    }

    /// The number of open connections, for tests.
    var openCount: Int { state.withLock { $0.openCount } }
}

extension ConnectionLimiter: AvailableConnectionsDelegate {
    package func connectionOpened() {
        state.withLock { $0.openCount += 1 }
    }

    package func connectionClosed() {
        state.withLock { $0.openCount -= 1 }
    }

    package func isAcceptingNewConnections() -> Bool {
        if state.withLock({ $0.openCount <= maxConnections }) { return true }
        makePlace()
        return false
    }
}
