import Ledger
import Synchronization

/// A consumer's channel as the ledger sees it: records the settled deliveries.
package final class AckRecorder: AckTarget {
    private let state = Mutex((isCurrent: true, settled: [UInt64]()))

    package init() {}

    package var isCurrent: Bool { state.withLock { $0.isCurrent } }
    package var settled: [UInt64] { state.withLock { $0.settled } }

    package func settle(_ tags: [UInt64]) {
        state.withLock { $0.settled += tags }
    }

    /// The channel is closed: what was not settled is delivered again.
    package func close() {
        state.withLock { $0.isCurrent = false }
    }
}
