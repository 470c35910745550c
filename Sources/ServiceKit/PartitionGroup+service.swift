import Broker
import Contracts
import Ledger
import Logging
package import ServiceLifecycle

extension PartitionGroup {
    /// The partitions that this process owns. Opens their files; throws a `LedgerError` if one cannot be used.
    package init(
        _ definition: ServiceDefinition, _ settings: ServiceSettings, _ observability: Observability
    ) throws {
        var environment = LedgerEnvironment.live
        if let plan = settings.crashPoint { environment.hit = { plan.reach($0) } }
        let budget = DeliveryBudget()
        observability.metrics.collect {
            [
                .gauge("waitlist_delivery_bytes", Double(budget.used)),
                .counter("waitlist_delivery_pauses_total", Double(budget.pauses)),
            ]
        }
        let partitions = try settings.owned.map { partition in
            try PartitionService(
                address: Address(service: definition.service, partition: partition),
                // The policies of all partition queues are the same, and the check costs the broker 0.2 s.
                checksDeliveryLimit: partition == settings.owned.first, settings: settings,
                handler: definition.handler, requestHandler: definition.requestHandler,
                migrations: definition.migrations, environment: environment, deliveryBudget: budget,
                observability: observability)
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

    /// What keeps the partitions from being ready; empty if all are.
    package var problems: [String] { partitions.flatMap(\.problems) }

    /// The sockets through which operators' commands reach the partitions.
    package func adminSockets(_ definition: ServiceDefinition, _ settings: ServiceSettings) -> [any Service] {
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
