import Broker
import Contracts
import Synchronization

/// A partition's health: decides whether it is ready and whether it may publish.
final class PartitionStatus: Sendable {
    private struct State {
        var consumer = ConnectionStatus()
        var publisher = ConnectionStatus()
        /// Nil if the service answers no requests.
        var replier: ConnectionStatus?
        var isWritable = true
        var isStopped = false
    }

    private let address: Address
    private let state: Mutex<State>

    init(address: Address, answersRequests: Bool) {
        self.address = address
        state = Mutex(State(replier: answersRequests ? ConnectionStatus() : nil))
    }

    func consumerChanged(to connection: ConnectionState) {
        state.withLock { $0.consumer.changed(to: connection) }
    }

    func publisherChanged(to connection: ConnectionState) {
        state.withLock { $0.publisher.changed(to: connection) }
    }

    func replierChanged(to connection: ConnectionState) {
        state.withLock { $0.replier?.changed(to: connection) }
    }

    func writabilityChanged(_ isWritable: Bool) {
        state.withLock { $0.isWritable = isWritable }
    }

    /// Whether this process holds the partition's owner queue, which lives and dies with the consuming connection
    /// (contract section 3).
    var mayPublish: Bool { state.withLock { $0.consumer.isConnected } }

    func stop() {
        state.withLock { $0.isStopped = true }
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// What keeps it from being ready, each with its name; empty if it is ready.
    var problems: [String] {
        state.withLock { state in
            var problems: [String] = []
            if let problem = state.consumer.problem { problems.append("\(address.queue) is not consumed: \(problem)") }
            if let problem = state.replier?.problem {
                problems.append("\(address.requestQueue) is not consumed: \(problem)")
            }
            if let problem = state.publisher.problem { problems.append("\(address.name) cannot publish: \(problem)") }
            if !state.isWritable { problems.append("\(address.name): the file cannot be written") }
            if state.isStopped { problems.append("\(address.name) has stopped") }
            return problems
        }
    }
}
