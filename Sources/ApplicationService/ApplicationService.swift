import ApplicationDomain
import ArgumentParser
import Contracts
import Ledger
import ServiceKit
import Web

/// Applications and responses: allocates the spots, and serves the public HTTP API and the page.
@main
struct ApplicationService: ParsableCommand {
    static let program = ServiceProgram(
        "ApplicationService",
        abstract: "Applications and responses: allocates the spots, and serves the public HTTP API and the page.",
        defaultPort: 8080,
        settings: [
            .adminHost, .adminPort, .authSecret, .authJWKS, .authIssuer, .authAudience, .corsOrigins, .rateLimit,
            .changesPerHour, .webhookMasterKey, .webhookAllowCIDRs, .pageSecret, .publicURL, .loginURL, .language,
        ])
    static let configuration = CommandConfiguration.service(
        program, subcommands: [TokenCommand.self, EntryCommand.self])

    static func main() async {
        await program.run(Self.self) { invocation in
            let reader = invocation.settingsReader
            if let command = invocation.command as? TokenCommand {
                print(try await command.token(reader))
                return 0
            }
            if let command = invocation.command as? EntryCommand {
                print(try command.url(reader, defaultPort: program.defaultPort))
                return 0
            }
            let settings = try ServiceSettings(reader, defaultPort: program.defaultPort)
            let policy = try policy(reader, settings)
            // A command that ends an operation knows no subscribers: NotifierService is told, and decides.
            let subscribers = try WebhookPolicy(reader).masterKey == nil ? nil : EventSubscribers()
            let definition = definition(policy, OperationEvents(waiters: OperationWaiters(), subscribers: subscribers))
            // Where the administrative port is a default, another process may have it.
            let health = reader.isSet(.adminPort) ? try APISettings.adminAddress(reader) : nil
            if let exitCode = try await program.runSubcommand(invocation, definition, settings, health: health) {
                return exitCode
            }
            let api = try APISettings(reader, settings)
            let setup = program.start(settings)
            let services = try build(
                settings, policy, api, setup, acceptsEmptyFiles: invocation.acceptsEmptyFiles)
            return try await program.serve(services, logger: setup.logger)
        }
    }

    /// - Parameters:
    ///   - changes: told of what changes; nil in a process without live streams.
    ///   - forwarded: answers requests that other processes have received; nil if there are no others.
    static func definition(
        _ policy: ApplicationPolicy, _ events: OperationEvents, changes: ApplicationChanges? = nil,
        forwarded: ForwardedRequestHandler? = nil
    ) -> ServiceDefinition {
        ServiceDefinition(
            service: .application, migrations: LedgerMigration.application,
            handler: ApplicationHandler(policy: policy, events: events, changes: changes),
            requestHandler: forwarded?.answer,
            requestLimits: ForwardedRequestHandler.limits)
    }

    private static func policy(_ reader: SettingsReader, _ settings: ServiceSettings) throws -> ApplicationPolicy {
        ApplicationPolicy(
            partitions: settings.partitions, timeZone: settings.timeZone,
            changesPerHour: try reader.number(.changesPerHour, in: 0...1_000))
    }
}

extension Setting {
    static let changesPerHour = Setting(
        "CHANGES_PER_HOUR", default: "\(SpotAllocation.defaultChangesPerHour)",
        "how often within an hour a volunteer may give up a spot of the same application; 0 = unlimited")
}
