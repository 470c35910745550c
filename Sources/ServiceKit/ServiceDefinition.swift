package import Contracts
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
    package let migrations: [LedgerMigration]
    /// Reads its own settings and makes the handler.
    package let handler: @Sendable (SettingsReader, ServiceSettings) throws -> any LedgerHandler
    /// Answers what other services ask a partition; nil for who is never asked.
    package let answerer: Answerer?
    /// Further long-lived work over the partitions of this process, such as another door.
    package let doors: @Sendable ([PartitionService], ServiceSettings, Logger) throws -> [any Service]

    /// Reads the answer from a snapshot of the file. What it throws is logged, and answered as a refusal.
    package typealias Answerer = @Sendable (_ question: Inquiry, LedgerFile) async throws -> Inquiry

    package init(
        service: ServiceName, executable: String, purpose: String, defaultPort: Int, settings: [Setting] = [],
        migrations: [LedgerMigration],
        handler: @escaping @Sendable (SettingsReader, ServiceSettings) throws -> any LedgerHandler,
        answerer: Answerer? = nil,
        doors: @escaping @Sendable ([PartitionService], ServiceSettings, Logger) throws -> [any Service] = { _, _, _ in
            []
        }
    ) {
        self.service = service
        self.executable = executable
        self.purpose = purpose
        self.defaultPort = defaultPort
        self.settings = settings
        self.migrations = migrations
        self.handler = handler
        self.answerer = answerer
        self.doors = doors
    }

    package var allSettings: [Setting] { Setting.shared + settings }
}
