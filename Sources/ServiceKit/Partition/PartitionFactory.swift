import Broker
import Contracts
import Ledger

/// Makes the parts of the partitions of a process.
struct PartitionFactory: Sendable {
    let definition: ServiceDefinition
    let settings: ServiceSettings
    let observability: Observability
    /// Whether a partition that has had a file may begin with a new one (`--accept-empty`).
    let acceptsEmptyFiles: Bool
    let deliveryBudget: DeliveryBudget

    /// Time for a subcommand that opened a file directly to finish.
    static let lockTimeout: Duration = .seconds(3)

    /// The number of migrations of the service's files, which only grows from version to version.
    var migrationCount: Int { LedgerMigration.ledger.count + definition.migrations.count }

    func address(of partition: Partition) -> Address {
        Address(service: definition.service, partition: partition)
    }

    /// - Parameter isFirst: whether it is the first of the process.
    func ownership(of partition: Partition, isFirst: Bool) -> PartitionOwnership {
        PartitionOwnership(
            address: address(of: partition), isFirst: isFirst,
            answersRequests: definition.requestHandler != nil, settings: settings, deliveryBudget: deliveryBudget,
            observability: observability)
    }

    /// Opens the file on a thread that may block: a migration can take minutes.
    /// - Parameters:
    ///   - ownership: held.
    ///   - hadFile: whether the partition has had a file.
    ///   - breaksLock: whether to take the file from a process that is paused.
    ///   - isVerified: as for `LedgerFile`.
    func open(
        _ ownership: PartitionOwnership, hadFile: Bool, breaksLock: Bool, isVerified: Bool
    ) async throws -> PartitionService {
        try await BlockingWork.run {
            try openNow(ownership, hadFile: hadFile, breaksLock: breaksLock, isVerified: isVerified)
        }
    }

    private func openNow(
        _ ownership: PartitionOwnership, hadFile: Bool, breaksLock: Bool, isVerified: Bool
    ) throws -> PartitionService {
        let directory = settings.dataDirectory
        // One that has just arrived is there; to look at it would move its WAL into the database first.
        if hadFile, !acceptsEmptyFiles, !isVerified, try !LedgerFile.exists(ownership.address, in: directory) {
            throw LedgerFile.lost(ownership.address, in: directory)
        }
        var environment = LedgerEnvironment.live
        if let plan = settings.crashPoint { environment.hit = { plan.reach($0) } }
        return try PartitionService(
            ownership: ownership, settings: settings, handler: definition.handler,
            requestHandler: definition.requestHandler, requestLimits: definition.requestLimits,
            migrations: definition.migrations, environment: environment, breaksLock: breaksLock, isVerified: isVerified,
            deliveryBudget: deliveryBudget, observability: observability)
    }

    /// The socket through which operators' commands reach the partition.
    func adminSocket(of partition: PartitionService) -> AdminSocket {
        let handler = AdminHandler(
            file: partition.file, dataDirectory: settings.dataDirectory, partitions: settings.partitions,
            writer: partition.writer)
        return AdminSocket(
            path: AdminSocket.path(of: partition.address, in: settings.dataDirectory),
            interrupt: handler.interruption.interrupt, handle: handler.handle)
    }
}
