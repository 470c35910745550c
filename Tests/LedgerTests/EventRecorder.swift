import Ledger
import Synchronization

/// Records what the writer reports.
final class EventRecorder: LedgerObserver {
    struct Events {
        /// The number of inputs of each batch that had any.
        var batches: [Int] = []
        var latencies: [CommitSummary.Latency] = []
        var controlMessages: [ControlMessage] = []
        var commits: [CommitSummary] = []
        var advancedStreams: [AdvancedStream] = []
        var counts: [CounterName: Int] = [:]
        var writable: [Bool] = []
    }

    private let state = Mutex(Events())

    var events: Events { state.withLock { $0 } }

    /// The commits since the last call.
    func takeCommits() -> [CommitSummary] {
        state.withLock { events in
            defer { events.commits = [] }
            return events.commits
        }
    }

    func committed(_ commit: CommitSummary) {
        state.withLock { events in
            events.commits.append(commit)
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
}
