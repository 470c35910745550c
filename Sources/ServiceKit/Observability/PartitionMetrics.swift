import Broker
import Contracts
import Ledger
import Logging
import Metrics
import Synchronization

/// The metrics of one partition: what its writer reports with each commit, and what its file holds at a scrape.
final class PartitionMetrics: Sendable {
    /// By metric name.
    static let help = [
        "waitlist_messages_total": "Messages by action and outcome",
        "waitlist_commits_total": "Group commits",
        "waitlist_commit_inputs_total": "Inputs in group commits; divided by the commits, the batch size",
        "waitlist_commit_seconds_total": "Time spent in group commits",
        "waitlist_commit_seconds": "Time per group commit, from its first decision to the sync",
        "waitlist_input_seconds": "Time per message or command, from its arrival at the writer to the commit",
        "waitlist_outbox_depth": "Messages the broker has not confirmed",
        "waitlist_outbox_age_seconds": "Age of the oldest unconfirmed message",
        "waitlist_publisher_reopened_total": "Publishing connections opened again because a stream made no progress",
        "waitlist_streams_resyncing": "Streams whose producer has not sent all of its state yet",
        "waitlist_restored_total": "Streams that began a new epoch because the file was an older copy",
        "waitlist_parked": "Parked messages",
        "waitlist_blocked": "Messages blocked in the file",
        "waitlist_refused": "Refused commands on record",
        "waitlist_stream_gaps": "Messages dropped because an earlier one was missing",
        "waitlist_work": "Jobs in progress",
        "waitlist_forgotten_total": "Rows deleted after RETENTION, by kind",
        "waitlist_delivery_bytes": "Memory of deliveries that are not committed yet",
        "waitlist_delivery_pauses_total": "Pauses of consumers while deliveries take too much memory",
    ]

    private let partition: Address
    private let factory: any MetricsFactory
    private let commits: Counter
    private let reopened: Counter
    private let inputs: Counter
    private let seconds: FloatingPointCounter
    private let commitTime: Metrics.Timer
    private let inputTime: Metrics.Timer
    private let serviceMetrics: [ServiceMetric]
    private let outcomes = Mutex<[MessageOutcome: Counter]>([:])

    init(partition: Address, serviceMetrics: [ServiceMetric], factory: any MetricsFactory) {
        self.partition = partition
        self.serviceMetrics = serviceMetrics
        self.factory = factory
        let labels = [("partition", partition.name)]
        commits = Counter(label: "waitlist_commits_total", dimensions: labels, factory: factory)
        reopened = Counter(label: "waitlist_publisher_reopened_total", dimensions: labels, factory: factory)
        inputs = Counter(label: "waitlist_commit_inputs_total", dimensions: labels, factory: factory)
        seconds = FloatingPointCounter(label: "waitlist_commit_seconds_total", dimensions: labels, factory: factory)
        commitTime = Timer(label: "waitlist_commit_seconds", dimensions: labels, factory: factory)
        inputTime = Timer(label: "waitlist_input_seconds", dimensions: labels, factory: factory)
    }

    /// Called on the writer's thread after each commit.
    func observe(_ commit: CommitSummary) {
        if commit.inputs > 0 {
            commits.increment()
            inputs.increment(by: commit.inputs)
            seconds.increment(by: commit.duration / .seconds(1))
            commitTime.record(duration: commit.duration)
            for latency in commit.latencies {
                for _ in 0..<latency.inputs { inputTime.record(duration: latency.duration) }
            }
        }
        outcomes.withLock { outcomes in
            for (outcome, count) in commit.outcomes {
                let counter = outcomes[outcome] ?? makeCounter(of: outcome)
                outcomes[outcome] = counter
                counter.increment(by: count)
            }
        }
    }

    /// Called on the publisher's thread.
    func publisherChanged(to state: ConnectionState) {
        if case .disconnected(let error) = state, error.code == .stalled { reopened.increment() }
    }

    private func makeCounter(of outcome: MessageOutcome) -> Counter {
        Counter(
            label: "waitlist_messages_total",
            dimensions: [
                ("partition", partition.name), ("action", outcome.action?.rawValue ?? "?"),
                ("outcome", outcome.counter.name),
            ], factory: factory)
    }

    /// What the file and its relay hold now. Without the file's values if it cannot be read.
    func samples(of file: LedgerFile, _ relay: OutboxRelay, logger: Logger) -> [MetricSample] {
        let labels = [("partition", partition.name)]
        var samples = [MetricSample.gauge("waitlist_outbox_depth", Double(relay.depth), labels)]
        let now = Timestamp.now()
        let statistics: LedgerStatistics
        do {
            statistics = try file.statistics(at: now)
        } catch {
            logger.warning("The file's statistics cannot be read", metadata: [LogKey.error: "\(error)"])
            return samples
        }
        func count(_ counter: CounterName) -> Double { Double(statistics.counters[counter.name, default: 0]) }
        samples += [
            .gauge("waitlist_outbox_age_seconds", statistics.outboxAge(at: now), labels),
            .gauge("waitlist_streams_resyncing", Double(statistics.resyncingStreams), labels),
            .gauge("waitlist_parked", Double(statistics.parked), labels),
            .gauge("waitlist_blocked", Double(statistics.blocked), labels),
            .gauge("waitlist_refused", Double(statistics.refused), labels),
            .gauge("waitlist_work", Double(statistics.jobs), labels),
            .counter("waitlist_stream_gaps", count(.gaps), labels),
            .counter("waitlist_restored_total", count(.restored), labels),
        ]
        samples += statistics.counters.sorted { $0.key < $1.key }.compactMap { name, value in
            CounterName(name).forgottenKind.map {
                .counter("waitlist_forgotten_total", Double(value), labels + [("kind", $0)])
            }
        }
        samples += serviceMetrics.compactMap { metric in
            switch metric.source {
            case .counter(let name): .counter(metric.name, count(name), labels)
            case .gauge(let name): .gauge(metric.name, count(name), labels)
            case .dueTimers: .gauge(metric.name, Double(statistics.timersDue), labels)
            case .query(let query):
                (try? file.pointRead { try query($0, now) }).map { .gauge(metric.name, $0, labels) }
            }
        }
        return samples
    }
}
