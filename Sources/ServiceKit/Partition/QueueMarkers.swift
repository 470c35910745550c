import Synchronization

/// The marker that this process has put into the queue of one of its partitions, if it has not come out of it yet. Once
/// it has, everything that was in the queue before it is committed.
package final class QueueMarkers: Sendable {
    private let expected = Mutex<String?>(nil)

    /// Called before the marker is published. An earlier one does not count any more.
    package func expect(_ marker: String) {
        expected.withLock { $0 = marker }
    }

    /// One of another process, or of an earlier life of this one, says nothing.
    package func pass(_ marker: String) {
        expected.withLock { if $0 == marker { $0 = nil } }
    }

    /// - Parameter marker: the last one expected.
    package func hasPassed(_ marker: String) -> Bool {
        expected.withLock { $0 != marker }
    }
}
