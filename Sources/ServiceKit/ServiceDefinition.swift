package import Contracts
package import Ledger

/// What a service's partitions run: the files' migrations, and the code that decides in their transactions.
package struct ServiceDefinition: Sendable {
    package let service: ServiceName
    package let migrations: [LedgerMigration]
    package let handler: any LedgerHandler
    /// Answers requests of other processes; nil if the service takes none.
    package let requestHandler: RequestHandler?
    package let requestLimits: RequestLimits

    /// Answers a request that concerns the partition. An error is logged, and answered as a refusal.
    package typealias RequestHandler =
        @Sendable (_ request: RequestReplyMessage, RequestedPartition) async throws -> RequestReplyMessage

    package init(
        service: ServiceName, migrations: [LedgerMigration], handler: any LedgerHandler,
        requestHandler: RequestHandler? = nil, requestLimits: RequestLimits = RequestLimits()
    ) {
        self.service = service
        self.migrations = migrations
        self.handler = handler
        self.requestHandler = requestHandler
        self.requestLimits = requestLimits
    }
}
