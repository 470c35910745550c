import Broker
package import Contracts
import Ledger
import Logging
package import ServiceLifecycle
import Synchronization

/// The partitions that this process owns: those of a list, as long as it runs, or its share of all, which changes when
/// other processes with the same data folder join or leave; and in either case without those that were moved elsewhere.
/// It becomes the owner of a partition at the broker before it makes, migrates or opens a file, and serves it from then
/// on (contract section 3).
package final class OwnedPartitions: Service {
    let factory: PartitionFactory
    let servicesBeside: @Sendable (_ partitions: [PartitionService]) -> [any Service]
    let folder: ProcessFolder
    /// Nil if the process owns the partitions of a list.
    let presence: BrokerPresence?
    /// Wakes the loop that runs the partitions: after a change, and at each tick.
    let events = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let state = Mutex(State())

    /// The complete copies that a process of this folder has left.
    private let foundCopies: [IncomingCopy.Found]

    private struct State {
        var owned: [Partition: OwnedPartition] = [:]
        var isSettled = false
        /// Of the partitions that were moved.
        var placements: [Partition: Placement] = [:]
        /// How often this process has changed one of them.
        var placementChanges = 0
        /// Those that have arrived, and were not opened yet.
        var verified: Set<Partition> = []
    }

    var settings: ServiceSettings { factory.settings }
    var logger: Logger { factory.observability.logger }

    /// - Parameters:
    ///   - acceptsEmptyFiles: whether a partition that has had a file may begin with a new one (`--accept-empty`).
    ///   - servicesBeside: services that run beside the partitions that are served. They are stopped before one of
    ///     these stops, and made again for the others.
    /// - Throws: `LedgerError`: `.locked` if another process serves one of the listed files, `.foreignFile` if one
    ///   belongs to another partition, or was made with another number of partitions.
    package init(
        _ definition: ServiceDefinition, _ settings: ServiceSettings, _ observability: Observability,
        acceptsEmptyFiles: Bool,
        servicesBeside: @escaping @Sendable (_ partitions: [PartitionService]) -> [any Service] = { _ in [] }
    ) throws {
        let budget = DeliveryBudget()
        let factory = PartitionFactory(
            definition: definition, settings: settings, observability: observability,
            acceptsEmptyFiles: acceptsEmptyFiles, deliveryBudget: budget)
        self.factory = factory
        self.servicesBeside = servicesBeside
        try LedgerFile.createFolder(settings.dataDirectory)
        foundCopies = try (0..<settings.partitions).compactMap { number in
            try IncomingCopy.found(
                of: factory.address(of: Partition(number: number)), in: settings.dataDirectory)
        }
        let placements = try Placement.all(of: definition.service, in: settings.dataDirectory)
        let owned = settings.selection.partitions(of: settings.partitions, placements)
        try Self.checkFiles(factory, owned)
        try Self.setAside(placements, factory)
        folder = try ProcessFolder(of: definition.service, in: settings.dataDirectory, name: settings.processName)
        // One that owns nothing, or may, is connected all the same.
        presence =
            settings.selection == .automatic || owned.isEmpty
            ? BrokerPresence(
                definition.service, process: folder.name, endpoint: settings.endpoint, logger: observability.logger)
            : nil
        state.withLock { $0.placements = placements }
        observability.metrics.collect { [weak self] in
            let partitions = self?.partitions ?? []
            return [
                .gauge("waitlist_delivery_bytes", Double(budget.used)),
                .counter("waitlist_delivery_pauses_total", Double(budget.pauses)),
            ] + partitions.flatMap(\.samples)
        }
    }

    /// What waiting cannot change ends the process now. The locks are not kept: without a broker, subcommands use the
    /// files directly.
    private static func checkFiles(_ factory: PartitionFactory, _ owned: [Partition]) throws {
        let settings = factory.settings
        for address in owned.map(factory.address) {
            let isListed = settings.selection != .automatic
            let lock: FileLock
            do throws(LedgerError) {
                lock = try LedgerFile.lock(
                    address, in: settings.dataDirectory, timeout: isListed ? PartitionFactory.lockTimeout : .zero)
            } catch {
                guard error.code == .locked, !isListed else { throw error }
                // Another process has checked it.
                continue
            }
            defer { lock.release() }
            try LedgerFile.checkUnopened(address, partitions: settings.partitions, in: settings.dataDirectory)
        }
        let path = ProcessFolder.path(of: factory.definition.service, in: settings.dataDirectory)
        for other in ProcessFolder.records(in: path) where other.partitions != settings.partitions {
            throw LedgerError(
                .foreignFile,
                """
                the process \(other.process) in \(settings.dataDirectory) runs with PARTITIONS=\(other.partitions), \
                and PARTITIONS is \(settings.partitions) here
                """)
        }
    }

    // MARK: - What it serves

    /// Those that it serves now, in the order of their numbers.
    package var partitions: [PartitionService] { all.compactMap(\.service) }

    /// The local service of a partition; nil while this process does not serve it.
    package func service(of partition: Partition) -> PartitionService? {
        state.withLock { $0.owned[partition] }?.service
    }

    /// What keeps the process from being ready; empty if it is. Once it has been ready, a partition that it is about to
    /// take does not count, and neither does one that it gives up.
    package var problems: [String] {
        let all = all
        guard isSettled else {
            return all.isEmpty ? ["this process is not connected to the broker yet"] : all.flatMap(\.problems)
        }
        let served = all.filter { $0.service != nil }
        return served.isEmpty ? [presence?.problem].compactMap(\.self) : served.flatMap(\.problems)
    }

    /// Those that it serves, is about to serve, or is about to give up.
    var all: [OwnedPartition] {
        state.withLock { $0.owned.values.sorted { $0.partition < $1.partition } }
    }

    /// Whether everything that this process owns, if anything, has been served once.
    package var isSettled: Bool { state.withLock(\.isSettled) }

    var placements: [Partition: Placement] { state.withLock(\.placements) }

    /// The other processes of the folder write notes too. While one cannot be read, all remain as they were.
    func readPlacements() {
        let changes = state.withLock(\.placementChanges)
        guard let read = try? Placement.all(of: factory.definition.service, in: settings.dataDirectory) else { return }
        // A change by this process may be newer than what was read.
        state.withLock { if $0.placementChanges == changes { $0.placements = read } }
    }

    func update(_ partition: Partition, _ placement: Placement, isVerified: Bool) {
        state.withLock { state in
            state.placements[partition] = placement
            state.placementChanges += 1
            if isVerified { state.verified.insert(partition) }
        }
    }

    func settle() { state.withLock { $0.isSettled = true } }

    // MARK: - Running

    package func run() async throws {
        defer { folder.leave() }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await self.tick() }
            group.addTask { await cancelWhenGracefulShutdown { await self.followTimeZones() } }
            let moves = PartitionMoves(self, found: foundCopies)
            group.addTask { try await self.endingOnFailure { try await moves.run() } }
            if let presence { group.addTask { try await self.endingOnFailure { try await presence.run() } } }
            await serve(in: &group)
            group.cancelAll()
        }
    }

    func changed() { events.continuation.yield() }

    /// A failure of one ends all: a process serves what it owns, or nothing. The group would wait for the loop.
    private func endingOnFailure(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            events.continuation.finish()
            throw error
        }
    }

    /// Begins to own a partition.
    /// - Parameter takesOver: whether a process that is paused has its file.
    func claim(
        _ partition: Partition, takesOver: Bool = false, in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        let claimed = state.withLock { state in
            // The queues of one that has arrived exist.
            let isVerified = state.verified.remove(partition) != nil
            let claimed = OwnedPartition(
                partition, takesOver: takesOver, isVerified: isVerified, isFirst: state.owned.isEmpty && !isVerified,
                factory: factory, onChange: changed)
            state.owned[partition] = claimed
            return claimed
        }
        group.addTask { try await self.endingOnFailure { try await self.run(claimed) } }
    }

    private func run(_ partition: OwnedPartition) async throws {
        defer {
            state.withLock { $0.owned[partition.partition] = nil }
            changed()
        }
        do {
            try await partition.run()
            if placements[partition.partition]?.place == .elsewhere { await setAside(partition.partition) }
        } catch let error as LedgerError where error.code == .moved {
            try await noteMoved(partition.partition)
        } catch {
            guard isTakenByOther(partition, error) else { throw error }
            logger.notice(
                "Another process has the partition",
                metadata: [LogKey.partition: "\(partition.partition)", LogKey.error: "\(error)"])
        }
    }

    /// Whether a process with the same data folder has taken the partition, as it may if they divide the partitions. If
    /// there is no other, a process with a folder of its own has it.
    private func isTakenByOther(_ partition: OwnedPartition, _ error: any Error) -> Bool {
        guard settings.selection == .automatic else { return false }
        return switch error {
        // The process that has taken the file may have given it up, or died.
        case let error as LedgerError where error.code == .superseded: true
        case let error as LedgerError where error.code == .locked: !folder.others().isEmpty
        case let error as BrokerError where error.code == .resourceLocked: !folder.others().isEmpty
        // A process that was paused within a transaction holds SQLite's lock until it runs again, or ends.
        default: partition.takesOver && LedgerError.storage(error) != nil
        }
    }
}
