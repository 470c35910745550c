import Broker
import Synchronization

/// How a partition fares, as `/readyz` and the metrics ask.
final class PartitionStatus: Sendable {
    private struct State {
        var consumerIsUp = false
        var publisherIsUp = false
        var isWritable = true
        var isStopped = false
        var isRestored = false
    }

    private let state = Mutex(State())

    func consumer(_ link: ConnectionState) {
        state.withLock { $0.consumerIsUp = link == .connected }
    }

    /// A blocked link is up: the broker has an alarm, and takes the messages when it is over.
    func publisher(_ link: ConnectionState) {
        state.withLock { state in
            switch link {
            case .connected, .blocked: state.publisherIsUp = true
            case .connecting, .disconnected, .stopped: state.publisherIsUp = false
            }
        }
    }

    func writable(_ writable: Bool) {
        state.withLock { $0.isWritable = writable }
    }

    /// A consumer has applied more of a stream than the file has ever sent: the file is an older copy. What it would
    /// send now would be dropped as duplicates, so it sends nothing.
    func restored() {
        state.withLock { $0.isRestored = true }
    }

    /// The owner queue is ours: it lives and dies with the consuming link.
    var mayPublish: Bool { state.withLock { $0.consumerIsUp && !$0.isRestored } }

    func stop() {
        state.withLock { $0.isStopped = true }
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    var isReady: Bool {
        state.withLock { $0.consumerIsUp && $0.publisherIsUp && $0.isWritable && !$0.isStopped && !$0.isRestored }
    }
}
