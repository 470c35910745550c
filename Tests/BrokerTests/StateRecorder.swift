import Broker
import Synchronization

/// Records the states of one or more connections.
final class StateRecorder: Sendable {
    private let states = Mutex<[ConnectionState]>([])

    var all: [ConnectionState] { states.withLock { $0 } }

    func record(_ state: ConnectionState) { states.withLock { $0.append(state) } }
}
