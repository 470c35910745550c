import Broker
import Synchronization

/// A partition's health: decides whether it is ready and whether it may publish.
final class PartitionStatus: Sendable {
    private struct State {
        var isConsumerConnected = false
        var isPublisherConnected = false
        var isWritable = true
        var isStopped = false
        var isRestored = false
    }

    private let state = Mutex(State())

    func consumerChanged(to connection: ConnectionState) {
        state.withLock { $0.isConsumerConnected = connection == .connected }
    }

    /// A blocked connection counts as connected: the broker accepts publishes again when its alarm is over.
    func publisherChanged(to connection: ConnectionState) {
        state.withLock { state in
            switch connection {
            case .connected, .publishingBlocked: state.isPublisherConnected = true
            case .connecting, .disconnected, .stopped: state.isPublisherConnected = false
            }
        }
    }

    func writabilityChanged(_ isWritable: Bool) {
        state.withLock { $0.isWritable = isWritable }
    }

    /// A consumer has applied more of a stream than the file has ever sent: the file was restored from an older copy.
    /// Consumers would drop what it sends as duplicates, so it publishes nothing.
    func restoreDetected() {
        state.withLock { $0.isRestored = true }
    }

    /// Whether this process holds the partition's owner queue, which lives and dies with the consuming connection
    /// (contract section 3), and the file is not an older copy.
    var mayPublish: Bool { state.withLock { $0.isConsumerConnected && !$0.isRestored } }

    func stop() {
        state.withLock { $0.isStopped = true }
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    var isReady: Bool {
        state.withLock { state in
            state.isConsumerConnected && state.isPublisherConnected && state.isWritable && !state.isStopped
                && !state.isRestored
        }
    }
}
