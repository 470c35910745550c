package import Contracts
package import Ledger
package import Logging
package import ServiceLifecycle

/// What a service's partitions run: the files' migrations, and the code that decides in their transactions.
package struct ServiceDefinition: Sendable {
    package let service: ServiceName
    package let migrations: [LedgerMigration]
    package let handler: any LedgerHandler
    /// Answers requests of other processes; nil if the service takes none.
    package let requestHandler: RequestHandler?
    package let requestLimits: RequestLimits
    /// As for ``OwnedPartitions``.
    let servicesBeside: ServicesBeside

    /// Answers a request that concerns the partition. An error is logged, and answered as a refusal.
    package typealias RequestHandler =
        @Sendable (_ request: RequestReplyMessage, RequestedPartition) async throws -> RequestReplyMessage

    package typealias ServicesBeside =
        @Sendable (_ partitions: [PartitionService], _ logger: Logger) -> [any Service]

    /// - Parameter servicesBeside: services that run beside the partitions that a process serves, if it consists of its
    ///   partitions. They are stopped before one of these stops, and made again for the others.
    package init(
        service: ServiceName, migrations: [LedgerMigration], handler: any LedgerHandler,
        requestHandler: RequestHandler? = nil, requestLimits: RequestLimits = RequestLimits(),
        servicesBeside: @escaping ServicesBeside = { _, _ in [] }
    ) {
        self.service = service
        self.migrations = migrations
        self.handler = handler
        self.requestHandler = requestHandler
        self.requestLimits = requestLimits
        self.servicesBeside = servicesBeside
    }
}
