import Broker
import Contracts
import Dispatch
import Ledger
import Logging
package import ServiceLifecycle
import Synchronization

/// The partitions that this process owns. It becomes their owner at the broker before it makes, migrates or opens a
/// file, and serves them from then on (contract section 3).
package final class OwnedPartitions: Service {
    private let definition: ServiceDefinition
    private let settings: ServiceSettings
    private let observability: Observability
    private let acceptsEmptyFiles: Bool
    private let deliveryBudget: DeliveryBudget
    private let ownerships: [PartitionOwnership]
    private let servicesBeside: @Sendable (_ partitions: [PartitionService]) -> [any Service]
    /// Nil until the files are open.
    private let group = Mutex<PartitionGroup?>(nil)

    /// Time for a subcommand that opened a file directly to finish.
    static let lockTimeout: Duration = .seconds(3)

    /// - Parameters:
    ///   - acceptsEmptyFiles: whether a partition that has had a file may begin with a new one (`--accept-empty`).
    ///   - servicesBeside: services that run while the partitions are served, and are stopped before them.
    /// - Throws: `LedgerError`: `.locked` if another process serves one of the files, `.foreignFile` if one belongs to
    ///   another partition, or was made with another number of partitions.
    package init(
        _ definition: ServiceDefinition, _ settings: ServiceSettings, _ observability: Observability,
        acceptsEmptyFiles: Bool,
        servicesBeside: @escaping @Sendable (_ partitions: [PartitionService]) -> [any Service] = { _ in [] }
    ) throws {
        self.definition = definition
        self.settings = settings
        self.observability = observability
        self.acceptsEmptyFiles = acceptsEmptyFiles
        self.servicesBeside = servicesBeside
        let budget = DeliveryBudget()
        deliveryBudget = budget
        observability.metrics.collect {
            [
                .gauge("waitlist_delivery_bytes", Double(budget.used)),
                .counter("waitlist_delivery_pauses_total", Double(budget.pauses)),
            ]
        }
        ownerships = settings.owned.map { partition in
            PartitionOwnership(
                address: Address(service: definition.service, partition: partition),
                // The policies of all partition queues are the same, and the check costs the broker 0.2 s.
                checksDeliveryLimit: partition == settings.owned.first,
                answersRequests: definition.requestHandler != nil, settings: settings, deliveryBudget: budget,
                observability: observability)
        }
        // What waiting cannot change ends the process now. The lock is not kept: without a broker, subcommands use the
        // files directly.
        try LedgerFile.createFolder(settings.dataDirectory)
        for address in ownerships.map(\.address) {
            let lock = try LedgerFile.lock(address, in: settings.dataDirectory, timeout: Self.lockTimeout)
            defer { lock.release() }
            try LedgerFile.checkUnopened(address, partitions: settings.partitions, in: settings.dataDirectory)
        }
    }

    /// Nil before this process has become their owner.
    package var partitions: [PartitionService]? { group.withLock { $0?.partitions } }

    /// What keeps the partitions from being ready; empty if all are.
    package var problems: [String] {
        if let partitions { return partitions.flatMap(\.problems) }
        return ownerships.flatMap { $0.status.problems + ["\($0.address.name): the file is not open yet"] }
    }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for ownership in ownerships { group.addTask { try await ownership.run() } }
            group.addTask { try await self.serveOnceOwned() }
            // The first failure ends all: a process serves either all partitions it owns or none.
            for try await _ in group {}
        }
    }

    private func serveOnceOwned() async throws {
        // While one is waited for, another may be lost.
        while ownerships.contains(where: { $0.hadFile == nil }) {
            for ownership in ownerships {
                guard await ownership.waitUntilHeld() else { return }
            }
        }
        let withFiles = ownerships.filter { $0.hadFile == true }.map(\.address)
        let opened = try await open(withFiles: withFiles)
        group.withLock { $0 = opened }
        let services: [any Service] =
            [opened] + opened.adminSockets(settings) + servicesBeside(opened.partitions)
        try await ServiceGroup(configuration: .init(services: services, logger: observability.logger)).run()
    }

    /// Opens the files on a thread that may block: a migration can take minutes.
    private func open(withFiles: [Address]) async throws -> PartitionGroup {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [self] in
                continuation.resume(with: Result { try openNow(withFiles: withFiles) })
            }
        }
    }

    /// - Parameter withFiles: the partitions that have had a file.
    private func openNow(withFiles: [Address]) throws -> PartitionGroup {
        if !acceptsEmptyFiles {
            for address in withFiles where try !LedgerFile.exists(address, in: settings.dataDirectory) {
                throw LedgerFile.lost(address, in: settings.dataDirectory)
            }
        }
        return try PartitionGroup(
            definition, settings, observability, ownerships: ownerships, deliveryBudget: deliveryBudget)
    }
}
