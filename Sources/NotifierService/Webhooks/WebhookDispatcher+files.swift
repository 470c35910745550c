import Contracts
import Ledger
import Logging
import NotifierDomain
import ServiceKit
import Synchronization
import Webhooks

/// What the dispatcher reads from the files of its partitions, and commits in them.
extension WebhookDispatcher {
    /// Hosts with pending deliveries are read in steps when the dispatcher starts.
    private static let hostsPerRead = 500
    /// The outcomes in one transaction, at most.
    private static let outcomesPerCommit = 512
    /// Before a read or a commit that failed is tried again.
    private static let pause: Duration = .seconds(1)

    /// Reads some of the hosts that have pending deliveries.
    func readHosts() async {
        for (number, last) in state.withLock(\.unread) {
            guard let partition = partitions[number] else { continue }
            do {
                let hosts = try await partition.file.read {
                    try DeliveryStore($0).hosts(after: last, limit: Self.hostsPerRead)
                }
                state.withLock { state in
                    for (host, due) in hosts {
                        state.scheduler.note(DeliverySource(host: host, partition: number), due: due)
                    }
                    state.unread[number] = hosts.count == Self.hostsPerRead ? hosts.last?.host : nil
                }
            } catch {
                report(error, number, "Pending deliveries cannot be read")
            }
        }
    }

    /// Reads the pages that the scheduler has asked for.
    func load(_ sources: [(source: DeliverySource, limit: Int)], at time: Timestamp) async {
        guard !sources.isEmpty else { return }
        state.withLock { $0.claimed.beginReading() }
        defer { state.withLock { $0.claimed.endReading() } }
        for (number, sources) in Dictionary(grouping: sources, by: \.source.partition) {
            guard let partition = partitions[number] else { continue }
            let wanted = state.withLock { state in
                sources.map { (source: $0.source, limit: $0.limit + state.claimed.count(of: $0.source)) }
            }
            do {
                let pages = try await partition.file.read { snapshot in
                    let store = DeliveryStore(snapshot)
                    return try wanted.map { wanted in
                        let due = try store.due(to: wanted.source.host, at: time, limit: wanted.limit)
                        // A full page: more may be due.
                        let next =
                            due.count == wanted.limit ? time : try store.nextDue(to: wanted.source.host, after: time)
                        return (wanted: wanted, due: due, next: next)
                    }
                }
                state.withLock { state in
                    for page in pages {
                        let source = page.wanted.source
                        let (free, isOutdated) = state.claimed.claim(page.due, of: source)
                        state.scheduler.loaded(
                            source, free.map { Item(source: source, delivery: $0) },
                            next: isOutdated ? time : page.next)
                    }
                }
            } catch {
                report(error, number, "Due deliveries cannot be read")
                state.withLock { state in
                    for source in sources { state.scheduler.note(source.source, due: time.advanced(by: Self.pause)) }
                }
            }
        }
    }

    /// Removes and returns what can be committed now, for each partition at most one transaction.
    func takeOutcomes(at time: ContinuousClock.Instant) -> [(Partition, [(item: Item, outcome: Outcome)])] {
        state.withLock { state in
            var taken: [(Partition, [(item: Item, outcome: Outcome)])] = []
            for (partition, outcomes) in state.outcomes {
                let isPaused = state.pausedUntil[partition].map { $0 > time } ?? false
                guard !isPaused, state.committing.insert(partition).inserted else { continue }
                taken.append((partition, Array(outcomes.prefix(Self.outcomesPerCommit))))
                let rest = Array(outcomes.dropFirst(Self.outcomesPerCommit))
                state.outcomes[partition] = rest.isEmpty ? nil : rest
            }
            return taken
        }
    }

    /// Commits outcomes; all wait for one sync. While the file cannot be written, they wait in memory.
    func commit(_ outcomes: [(item: Item, outcome: Outcome)], in number: Partition) async {
        defer { notices.wake() }
        guard let partition = partitions[number] else { return }
        do {
            let disabled = try await partition.writer.perform { [notices, schedule] transaction in
                let deliveries = DeliveryTransaction(transaction, notices)
                return try outcomes.compactMap { item, outcome in
                    switch outcome {
                    case .attempted(let result): return try deliveries.record(result, schedule: schedule)
                    case .barred:
                        try deliveries.endBarred(item.delivery.rowID)
                        return nil
                    }
                }
            }
            for endpoint in disabled {
                logger.notice("Webhook endpoint disabled", metadata: [LogKey.endpoint: "\(endpoint)"])
            }
            state.withLock { state in
                state.committing.remove(number)
                state.pausedUntil[number] = nil
                settle(outcomes.map(\.item), &state)
            }
        } catch {
            let isFirst = state.withLock { $0.pausedUntil[number] == nil }
            if isFirst { report(error, number, "Outcomes of deliveries cannot be committed") }
            state.withLock { state in
                state.committing.remove(number)
                state.outcomes[number] = outcomes + (state.outcomes[number] ?? [])
                state.pausedUntil[number] = ContinuousClock.now + Self.pause
            }
        }
    }

    private func settle(_ items: [Item], _ state: inout State) {
        state.scheduler.settled(items.count)
        for item in items where state.claimed.release(item.delivery.rowID, of: item.source) {
            state.scheduler.note(item.source, due: .earliest)
        }
    }

    private func report(_ error: any Error, _ partition: Partition, _ message: Logger.Message) {
        logger.warning(
            message, metadata: [LogKey.partition: "\(partition)", LogKey.error: "\(error)"])
    }
}
