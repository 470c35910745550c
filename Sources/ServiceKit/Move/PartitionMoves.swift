import Broker
import Contracts
import Ledger
import Logging
import Synchronization

/// Moves partitions between processes of a service that have data folders of their own, at either side (contract
/// section 3). One process gives a partition up by a commit in its file, when the other one has confirmed a complete
/// copy; after a crash either asks the other, and nothing is decided because time has passed.
final class PartitionMoves: Sendable {
    /// A copy that arrives here.
    struct Arrival: Sendable {
        let move: String
        /// The process that has the partition.
        let process: String
        let copy: IncomingCopy
        /// When the copy was complete; nil before.
        var completeAt: ContinuousClock.Instant?
        /// When its last piece came.
        var lastPieceAt = ContinuousClock.now
        var isChecked = false
        /// Whether it is being checked or completed.
        var isBusy = false
    }

    private struct State {
        var arrivals: [Partition: Arrival] = [:]
        /// The moves of this process's partitions that are not decided or not over.
        var departures: [Partition: String] = [:]
        /// Moves that the receiver does not know; said once.
        var unknown: Set<String> = []
    }

    let partitions: OwnedPartitions
    let orders = MoveOrders()
    private let state = Mutex(State())

    /// How long another process may have the name, because it is about to end; and how long to wait before the next
    /// attempt.
    private static let nameGrace: Duration = .seconds(5)
    private static let nameInterval: Duration = .seconds(30)
    /// Between two questions about what another process knows.
    private static let askInterval: Duration = .seconds(1)
    /// Usually the sender says by itself what it has decided, or sends the next piece.
    private static let askDelay: Duration = .seconds(2)
    /// An unfinished copy is given up if no piece of it has come in this time, and its sender does not answer.
    static let idleLimit: Duration = .seconds(30)

    /// - Parameter found: the complete copies that a process of this folder has left.
    init(_ partitions: OwnedPartitions, found: [IncomingCopy.Found]) {
        self.partitions = partitions
        state.withLock { state in
            for found in found {
                state.arrivals[found.copy.address.partition] = Arrival(
                    move: found.move, process: found.process, copy: found.copy,
                    completeAt: ContinuousClock.now - Self.askDelay)
            }
        }
    }

    var service: ServiceName { partitions.factory.definition.service }
    var settings: ServiceSettings { partitions.settings }
    var logger: Logger { partitions.logger }
    /// The name of this process.
    var process: String { partitions.folder.name }

    func hit(_ point: CrashPoint) { settings.crashPoint?.reach(point) }

    func withClient<Value: Sendable>(
        _ body: @Sendable (MoveClient) async throws -> Value
    ) async throws -> Value {
        try await MoveClient.with(settings.endpoint, service, process: process, logger: logger, body)
    }

    // MARK: - Running

    /// Until it is cancelled.
    func run() async throws {
        defer {
            orders.close()
            // What is complete is found again at the next start.
            let arrivals = state.withLock { Array($0.arrivals.values) }
            for arrival in arrivals where arrival.completeAt == nil { arrival.copy.discard() }
        }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.answerOthers() }
            group.addTask { try await self.answerOperators() }
            group.addTask { await self.askOthers() }
            for await order in orders.orders {
                group.addTask { order.answer(await self.perform(order)) }
            }
            group.cancelAll()
        }
    }

    private func answerOthers() async throws {
        while !Task.isCancelled {
            do {
                try await answerRequests()
                return
            } catch let error as BrokerError where error.code == .resourceLocked || error.code == .topologyMismatch {
                // It serves all the same; only no partition can be moved to it.
                logger.warning(
                    "No partition can be moved to this process: another one has its PROCESS_NAME",
                    metadata: [LogKey.process: "\(process)", LogKey.error: "\(error)"])
                try? await Task.sleep(for: Self.nameInterval)
            }
        }
    }

    private func answerRequests() async throws {
        let replier = Replier(
            endpoint: settings.endpoint, name: "\(service.rawValue) \(process)",
            declarations: Topology.processQueue(service, process: process).declarations,
            queue: service.processQueue(of: process), prefetch: UInt16(2 * Limits.movePiecesInFlight),
            bodyLimit: Limits.movePieceBytes, exclusiveGrace: Self.nameGrace, logger: logger
        ) { [user = settings.endpoint.user] delivery in
            (await self.reply(to: delivery).properties(user: user), [])
        }
        try await replier.run()
    }

    private func answerOperators() async throws {
        let socket = AdminSocket(
            path: partitions.folder.socketPath, interrupt: orders.close, handle: orders.move)
        try await socket.run()
    }

    /// Tells receivers that a partition is theirs, and asks senders what they have decided, until they answer.
    private func askOthers() async {
        while (try? await Task.sleep(for: Self.askInterval)) != nil {
            let untold = partitions.placements.filter { partition, placement in
                placement.place == .elsewhere && !placement.isTaken && departure(of: partition) == nil
            }
            let undecided = state.withLock { state in
                state.arrivals.filter { ContinuousClock.now - ($1.completeAt ?? $1.lastPieceAt) >= Self.askDelay }
            }
            guard !untold.isEmpty || !undecided.isEmpty else { continue }
            _ = try? await withClient { client in
                for (partition, placement) in untold { await self.tell(client, partition, placement) }
                for (partition, arrival) in undecided { await self.ask(client, partition, arrival) }
            }
        }
    }

    private func tell(_ client: MoveClient, _ partition: Partition, _ placement: Placement) async {
        guard let reply = try? await client.send(.take, of: placement.move, partition, to: placement.process) else {
            return
        }
        switch reply.state {
        case .taken, .serving: partitions.noteTaken(partition, placement.move)
        case .unknown:
            let isNew = state.withLock { $0.unknown.insert(placement.move).inserted }
            guard isNew else { return }
            logger.error(
                "The process that got a partition does not know it; its file is kept here as .moved-TIME",
                metadata: [LogKey.partition: "\(partition)", LogKey.process: "\(placement.process)"])
        default: break
        }
    }

    private func ask(_ client: MoveClient, _ partition: Partition, _ arrival: Arrival) async {
        let reply = try? await client.send(.decision, of: arrival.move, partition, to: arrival.process)
        switch reply?.state {
        case .moved: _ = await take(arrival.move, partition)
        case .kept: await cancel(arrival.move, partition)
        case .unknown: await forget(arrival.move, partition)
        case _ where arrival.completeAt == nil:
            guard reply == nil, ContinuousClock.now - arrival.lastPieceAt >= Self.idleLimit else { return }
            await cancel(arrival.move, partition)
        default:
            let isNew = state.withLock { $0.unknown.insert(arrival.move).inserted }
            guard isNew else { return }
            logger.warning(
                "A partition has arrived, and the process that had it does not say whether it has given it up",
                metadata: [LogKey.partition: "\(partition)", LogKey.process: "\(arrival.process)"])
        }
    }

    // MARK: - What is under way

    func arrival(of partition: Partition) -> Arrival? { state.withLock { $0.arrivals[partition] } }

    func setArrival(_ arrival: Arrival?, of partition: Partition) {
        state.withLock { $0.arrivals[partition] = arrival }
    }

    /// Notes a piece; false if the arrival is another one by now.
    func touch(_ move: String, _ partition: Partition) -> Bool {
        state.withLock { state in
            guard state.arrivals[partition]?.move == move else { return false }
            state.arrivals[partition]?.lastPieceAt = .now
            return true
        }
    }

    /// Begins a check of an arrival, of which there is one at a time.
    /// - Returns: nil if there is another arrival by now, or it is being checked.
    func beginWork(_ move: String, _ partition: Partition) -> Arrival? {
        state.withLock { state in
            guard let arrival = state.arrivals[partition], arrival.move == move, !arrival.isBusy else { return nil }
            state.arrivals[partition]?.isBusy = true
            return arrival
        }
    }

    /// - Parameter change: what its success changes.
    func endWork(_ move: String, _ partition: Partition, _ change: (inout Arrival) -> Void = { _ in }) {
        state.withLock { state in
            guard var arrival = state.arrivals[partition], arrival.move == move else { return }
            arrival.isBusy = false
            change(&arrival)
            state.arrivals[partition] = arrival
        }
    }

    func removeArrival(_ move: String, _ partition: Partition) {
        state.withLock { state in
            if state.arrivals[partition]?.move == move { state.arrivals[partition] = nil }
        }
    }

    func departure(of partition: Partition) -> String? { state.withLock { $0.departures[partition] } }

    /// - Returns: false if a move of the partition is under way.
    func beginDeparture(_ move: String, of partition: Partition) -> Bool {
        state.withLock { state in
            guard state.departures[partition] == nil else { return false }
            state.departures[partition] = move
            return true
        }
    }

    func endDeparture(of partition: Partition) {
        state.withLock { $0.departures[partition] = nil }
    }
}
