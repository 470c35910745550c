import Synchronization

/// The markers that this process has put into the queue of one of its partitions, and that have not come out of it yet.
/// Once one has, everything that was in the queue before it is committed.
package final class QueueMarkers: Sendable {
    private let waiting = Mutex<Set<String>>([])

    /// Called before the marker is published.
    package func expect(_ marker: String) {
        _ = waiting.withLock { $0.insert(marker) }
    }

    /// One of another process, or of an earlier life of this one, says nothing.
    package func pass(_ marker: String) {
        _ = waiting.withLock { $0.remove(marker) }
    }

    package func hasPassed(_ marker: String) -> Bool {
        waiting.withLock { !$0.contains(marker) }
    }

}
