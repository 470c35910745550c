internal import Synchronization

/// Opens sockets for a `ConnectionLoop`, each on a thread of its own: the system's resolver can take minutes, and
/// nothing can interrupt it. A stop abandons the thread, which then drops the socket or ends with the process.
final class ConnectionOpening: Sendable {
    private let result = Mutex<Result<Connection.Handle, BrokerError>?>(nil)

    /// Returns the connected socket, before the login.
    /// - Parameter wakeup: signalled when the socket is open, and by a stop.
    static func open(
        to endpoint: BrokerEndpoint, wakeup: Wakeup, isStopping: () -> Bool
    ) throws(BrokerError) -> Connection.Handle {
        let opening = ConnectionOpening()
        let code = ConnectionThread.start(named: "amqp-connect") {
            let result = Result { () throws(BrokerError) in try Connection.Handle(connectedTo: endpoint) }
            opening.result.withLock { $0 = result }
            wakeup.signal()
        }
        if code != 0 { throw BrokerError(.resources, "no thread (errno \(code))") }
        while true {
            wakeup.clear()
            if let result = opening.result.withLock({ $0 }) { return try result.get() }
            if isStopping() { throw BrokerError(.stopped, "stopped while connecting") }
            wakeup.wait(for: .seconds(3600))
        }
    }
}
