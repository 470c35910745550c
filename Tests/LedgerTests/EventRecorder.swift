import Ledger
import Synchronization

/// Records what the writer reports.
final class EventRecorder: LedgerObserver {
    struct Events {
        /// The number of inputs of each batch that had any.
        var batches: [Int] = []
        var latencies: [CommitSummary.Latency] = []
        var controlMessages: [ControlMessage] = []
        var advancedStreams: [AdvancedStream] = []
        var counts: [CounterName: Int] = [:]
        var writable: [Bool] = []
        var restores = 0
    }

    private let state = Mutex(Events())

    var events: Events { state.withLock { $0 } }

    func committed(_ commit: CommitSummary) {
        state.withLock { events in
            if commit.inputs > 0 { events.batches.append(commit.inputs) }
            events.latencies += commit.latencies
            events.controlMessages += commit.controlMessages
            events.advancedStreams += commit.advancedStreams
            for (outcome, number) in commit.outcomes { events.counts[outcome.counter, default: 0] += number }
        }
    }

    func writabilityChanged(_ isWritable: Bool) {
        state.withLock { $0.writable.append(isWritable) }
    }

    func restoreDetected() {
        state.withLock { $0.restores += 1 }
    }
}
