import Broker
import Contracts
import Ledger
import Logging
import ServiceLifecycle

extension PartitionGroup {
    /// Opens the files; throws a `LedgerError` if one cannot be used.
    /// - Parameter ownerships: held.
    init(
        _ definition: ServiceDefinition, _ settings: ServiceSettings, _ observability: Observability,
        ownerships: [PartitionOwnership], deliveryBudget: DeliveryBudget
    ) throws {
        var environment = LedgerEnvironment.live
        if let plan = settings.crashPoint { environment.hit = { plan.reach($0) } }
        let partitions = try ownerships.map { ownership in
            try PartitionService(
                ownership: ownership, settings: settings, handler: definition.handler,
                requestHandler: definition.requestHandler, requestLimits: definition.requestLimits,
                migrations: definition.migrations,
                environment: environment, deliveryBudget: deliveryBudget, observability: observability)
        }
        let exposedPaths = Set(partitions.flatMap(\.file.exposedPaths))
        if !exposedPaths.isEmpty {
            observability.logger.warning(
                "Other users of this machine have rights to the data",
                metadata: [LogKey.paths: "\(exposedPaths.sorted())"])
        }
        self.init(partitions: partitions, logger: observability.logger)
        observability.logger.info(
            "Serving",
            metadata: [
                LogKey.version: "\(ServiceProgram.version)", LogKey.partitions: "\(partitions.map(\.address.name))",
            ])
    }

    /// The sockets through which operators' commands reach the partitions.
    func adminSockets(_ settings: ServiceSettings) -> [any Service] {
        partitions.map { partition in
            let handler = AdminHandler(
                file: partition.file, dataDirectory: settings.dataDirectory, partitions: settings.partitions,
                writer: partition.writer)
            return AdminSocket(
                path: AdminSocket.path(of: partition.address, in: settings.dataDirectory),
                interrupt: handler.interruption.interrupt, handle: handler.handle)
        }
    }
}
