import Broker
import Contracts
import ServiceKit
import Synchronization

/// Whether `application.ingress` is consumed, and what is passed on to other partitions: for `/readyz` and `/metrics`.
final class IngressStatus: Sendable {
    private struct State {
        var consumer = ConnectionStatus()
        /// Nil while there is no other partition to publish to.
        var publisher: ConnectionStatus?
        var forwarded = 0
    }

    private let state = Mutex(State())

    func consumerChanged(to connection: ConnectionState) { state.withLock { $0.consumer.changed(to: connection) } }

    func publisherChanged(to connection: ConnectionState) {
        state.withLock { state in
            var publisher = state.publisher ?? ConnectionStatus()
            publisher.changed(to: connection)
            state.publisher = publisher
        }
    }

    /// Commands were passed on to the queues of other partitions.
    func forwarded(_ count: Int) { state.withLock { $0.forwarded += count } }

    /// What keeps the ingress from being ready; empty if it is.
    var problems: [String] {
        state.withLock { state in
            var problems: [String] = []
            if let problem = state.consumer.problem {
                problems.append("\(Topology.ingressQueue) is not consumed: \(problem)")
            }
            if let problem = state.publisher?.problem {
                problems.append("\(Topology.ingressQueue) cannot be passed on: \(problem)")
            }
            return problems
        }
    }

    var samples: [MetricSample] {
        [.counter("waitlist_ingress_forwarded_total", Double(state.withLock(\.forwarded)))]
    }
}

extension Partition {
    /// Its owner consumes `application.ingress`.
    static let ingress = Partition(number: 0)
}
