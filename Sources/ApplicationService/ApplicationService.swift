import ArgumentParser
import Contracts
import Ledger
import ServiceKit
import Web

/// Applications and responses: allocates the spots, and serves the public HTTP API.
@main
struct ApplicationService: ParsableCommand {
    static let program = ServiceProgram(
        "ApplicationService",
        abstract: "Applications and responses: allocates the spots, and serves the public HTTP API.",
        defaultPort: 8080,
        settings: [.adminHost, .adminPort, .authSecret, .authJWKS, .authIssuer, .authAudience, .rateLimit])
    static let configuration = CommandConfiguration.service(program, subcommands: [TokenCommand.self])

    static func main() async {
        await program.run(Self.self) { invocation in
            let reader = invocation.settingsReader
            if let command = invocation.command as? TokenCommand {
                print(try await command.token(reader))
                return 0
            }
            let settings = try ServiceSettings(reader, defaultPort: program.defaultPort)
            if let command = invocation.adminCommand {
                let definition = definition(settings, OperationWaiters())
                return try await AdminClient(definition, settings, executable: program.executable).run(command)
            }
            let observability = program.start(settings)
            let api = try APISettings(reader, settings)
            return try await program.serve(build(settings, api, observability), logger: observability.logger)
        }
    }

    static func definition(_ settings: ServiceSettings, _ waiters: OperationWaiters) -> ServiceDefinition {
        ServiceDefinition(
            service: .application, migrations: LedgerMigration.application,
            handler: ApplicationHandler(policy: policy(settings), waiters: waiters))
    }

    static func policy(_ settings: ServiceSettings) -> ApplicationPolicy {
        ApplicationPolicy(partitions: settings.partitions, timeZone: settings.timeZone)
    }
}
