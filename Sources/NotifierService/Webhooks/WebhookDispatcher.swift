import Contracts
import Ledger
import Logging
import NotifierDomain
import ServiceKit
import ServiceLifecycle
import Synchronization
import Webhooks

/// Sends the deliveries of the partitions that this process serves, and commits what becomes of them.
///
/// One loop decides. Attempts and commits run beside it, and wake it when they end. An outcome that is not committed
/// when the process ends is forgotten: the delivery is sent again after the next start, with the same `webhook-id`.
final class WebhookDispatcher: Service {
    /// A delivery in memory.
    struct Item: Sendable {
        let source: DeliverySource
        let delivery: DueDelivery
    }

    /// What is to be committed of a delivery.
    enum Outcome: Sendable {
        case attempted(AttemptResult)
        /// There was no attempt, because the endpoint is disabled or deleted.
        case barred
    }

    struct State {
        var scheduler = DeliveryScheduler<Item>()
        var claimed = ClaimedDeliveries()
        /// Partitions whose hosts were not all read yet, each with the last host that was.
        var unread: [Partition: String] = [:]
        var outcomes: [Partition: [(item: Item, outcome: Outcome)]] = [:]
        var committing: Set<Partition> = []
        /// When a partition may commit again after a failure.
        var pausedUntil: [Partition: ContinuousClock.Instant] = [:]
        var inFlight = 0

        var isIdle: Bool { inFlight == 0 && committing.isEmpty && outcomes.isEmpty }
    }

    let partitions: [Partition: RequestedPartition]
    let notices: DeliveryNotices
    let sender: any WebhookSender
    let secrets: CallerSecrets
    let schedule: RetrySchedule
    let now: @Sendable () -> Timestamp
    let logger: Logger
    let state: Mutex<State>

    /// What has become due is looked for this often.
    private static let tick: Duration = .milliseconds(50)
    /// How long a stop waits for attempts in flight. The partitions stop after it, and may be needed elsewhere.
    private static let stopTime: Duration = .seconds(1)

    init(
        _ partitions: [RequestedPartition], _ notices: DeliveryNotices, sender: any WebhookSender,
        secrets: CallerSecrets, schedule: RetrySchedule, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) {
        let byNumber = Dictionary(uniqueKeysWithValues: partitions.map { ($0.file.address.partition, $0) })
        self.partitions = byNumber
        self.notices = notices
        self.sender = sender
        self.secrets = secrets
        self.schedule = schedule
        self.logger = logger
        self.now = now
        state = Mutex(State(unread: byNumber.mapValues { _ in "" }))
    }

    func run() async throws {
        let wakes = notices.listen()
        defer { notices.stopListening() }
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.wakeInTime() }
                for await _ in wakes {
                    if Task.isShuttingDownGracefully || Task.isCancelled { break }
                    await step(in: &group)
                }
                await finish(wakes, in: &group)
                group.cancelAll()
            }
            await sender.shutdown()
        } onGracefulShutdown: {
            self.notices.wake()
        }
    }

    /// Commits the outcomes of attempts that end within ``stopTime``.
    private func finish(_ wakes: AsyncStream<Void>, in group: inout DiscardingTaskGroup) async {
        let deadline = ContinuousClock.now + Self.stopTime
        notices.wake()
        for await _ in wakes {
            commitOutcomes(in: &group)
            if state.withLock(\.isIdle) || ContinuousClock.now >= deadline { return }
        }
    }

    private func wakeInTime() async {
        while !Task.isCancelled {
            notices.wake()
            try? await Task.sleep(for: Self.tick)
        }
    }

    // MARK: - Deciding

    private func step(in group: inout DiscardingTaskGroup) async {
        await readHosts()
        let time = now()
        let sources = state.withLock { state in
            for (source, due) in notices.take() { state.scheduler.note(source, due: due) }
            return state.scheduler.sourcesToLoad(at: time)
        }
        await load(sources, at: time)
        while let item = take() {
            if item.delivery.isBarred {
                ended(item, .barred, hasAnswered: true)
            } else {
                group.addTask { await self.attempt(item) }
            }
        }
        commitOutcomes(in: &group)
    }

    private func take() -> Item? {
        state.withLock { state in
            let item = state.scheduler.take()
            if item != nil { state.inFlight += 1 }
            return item
        }
    }

    private func commitOutcomes(in group: inout DiscardingTaskGroup) {
        let time = ContinuousClock.now
        for (partition, outcomes) in takeOutcomes(at: time) {
            group.addTask { await self.commit(outcomes, in: partition) }
        }
    }

    // MARK: - Attempting

    private func attempt(_ item: Item) async {
        let delivery = item.delivery
        let startedAt = now()
        let start = ContinuousClock.now
        let number = delivery.attempts + 1
        let outcome = await sender.send(
            DeliveryAttempt(
                webhookID: delivery.event, number: number, url: delivery.url, body: delivery.body,
                secrets: secrets.secrets(of: delivery, at: startedAt), time: startedAt))
        // The dispatcher has stopped: the attempt is made again after the next start.
        guard !Task.isCancelled else { return }
        let result = AttemptResult(
            rowID: delivery.rowID, number: number, startedAt: startedAt, duration: ContinuousClock.now - start,
            outcome: outcome, random: .random(in: 0...1))
        ended(item, .attempted(result), hasAnswered: outcome.isAnswer)
    }

    private func ended(_ item: Item, _ outcome: Outcome, hasAnswered: Bool) {
        state.withLock { state in
            state.inFlight -= 1
            state.scheduler.finished(item.source.host, hasAnswered: hasAnswered)
            state.outcomes[item.source.partition, default: []].append((item, outcome))
        }
        notices.wake()
    }
}
