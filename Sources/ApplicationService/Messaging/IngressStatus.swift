import Broker
import Contracts
import ServiceKit
import Synchronization

/// Whether `application.ingress` is consumed: for `/readyz`.
final class IngressStatus: Sendable {
    private let connection = Mutex(ConnectionStatus())

    func changed(to state: ConnectionState) { connection.withLock { $0.changed(to: state) } }

    /// What keeps the ingress from being ready; empty if it is.
    var problems: [String] {
        connection.withLock(\.problem).map { ["\(Topology.ingressQueue) is not consumed: \($0)"] } ?? []
    }
}

extension Partition {
    /// Its owner consumes `application.ingress`.
    static let ingress = Partition(number: 0)
}
