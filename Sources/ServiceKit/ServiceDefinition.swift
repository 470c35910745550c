package import Contracts
package import Hummingbird
package import Ledger
package import Logging
package import ServiceLifecycle

/// What makes a service this one and not another: the three executables hand this to `ServiceProgram`.
package struct ServiceDefinition: Sendable {
    package let service: ServiceName
    package let executable: String
    package let purpose: String
    package let defaultPort: Int
    /// Settings beyond those that every service has.
    package let settings: [Setting]
    /// Subcommands beyond those that every service has.
    package let subcommands: [Subcommand]
    package let migrations: [LedgerMigration]
    /// Reads the service's own settings, and makes what serves by them.
    package let parts: @Sendable (SettingsReader, ServiceSettings, Logger) throws -> ServiceParts

    package init(
        service: ServiceName, executable: String, purpose: String, defaultPort: Int, settings: [Setting] = [],
        subcommands: [Subcommand] = [], migrations: [LedgerMigration],
        parts: @escaping @Sendable (SettingsReader, ServiceSettings, Logger) throws -> ServiceParts
    ) {
        self.service = service
        self.executable = executable
        self.purpose = purpose
        self.defaultPort = defaultPort
        self.settings = settings
        self.subcommands = subcommands
        self.migrations = migrations
        self.parts = parts
    }

    package var allSettings: [Setting] { Setting.shared + settings }
}

/// The parts of a service that are its own.
package struct ServiceParts: Sendable {
    /// Decides in the partitions' transactions.
    package let handler: any LedgerHandler
    /// Answers what other services ask a partition; nil for who is never asked.
    package let requestHandler: RequestHandler?
    /// Opens further doors to the partitions of this process.
    package let doors: @Sendable ([PartitionService], PrometheusMetrics) throws -> Doors

    /// Reads the answer from a snapshot of the file. What it throws is logged, and answered as a refusal.
    package typealias RequestHandler =
        @Sendable (_ question: RequestReplyMessage, LedgerFile) async throws -> RequestReplyMessage

    package init(
        handler: any LedgerHandler, requestHandler: RequestHandler? = nil,
        doors: @escaping @Sendable ([PartitionService], PrometheusMetrics) throws -> Doors = { _, _ in Doors() }
    ) {
        self.handler = handler
        self.requestHandler = requestHandler
        self.doors = doors
    }
}

/// Ways into a service beside its partitions' queues.
package struct Doors: Sendable {
    /// Long-lived work over the partitions.
    package let services: [any Service]
    /// Adds routes to the HTTP server, beside those for whoever runs the service.
    package let routes: @Sendable (Router<BasicRequestContext>) -> Void

    package init(
        services: [any Service] = [], routes: @escaping @Sendable (Router<BasicRequestContext>) -> Void = { _ in }
    ) {
        self.services = services
        self.routes = routes
    }
}
