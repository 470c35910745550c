import Contracts
import Foundation
import Ledger
import ServiceKit
import ServiceLifecycle
import Specs
import Web

/// Applications and responses: the one gate for spots, and the one public door.
@main
enum ApplicationService {
    static func main() async {
        let program = ServiceProgram(definition)
        exit(await program.run(arguments: Array(CommandLine.arguments.dropFirst())))
    }

    static let definition = ServiceDefinition(
        service: .application, executable: "ApplicationService",
        purpose: "applications and responses: the one gate for spots, and the one public door", defaultPort: 8080,
        settings: [
            Setting("AUTH_SECRET", standard: "", "HS256: at least 32 bytes, with which callers' tokens are signed"),
            Setting("AUTH_JWKS", standard: "", "instead: a file or URL with the keys that tokens are signed with"),
            Setting("RATE_LIMIT", standard: "100", "requests per second and caller; 0: any number"),
        ],
        subcommands: [TokenCommand.subcommand],
        migrations: LedgerMigration.application,
        parts: { reader, settings, logger in
            let rules = ApplicationPolicy(partitions: settings.partitions, timeZone: settings.timeZone)
            let watch = OperationWaiters()
            let authentication = try AuthenticationSettings(reader).checked(for: settings.httpHost)
            let rate = try reader.number("RATE_LIMIT", default: 100, in: 0...1_000_000)
            let handler = ApplicationHandler(policy: rules, waiters: watch)
            return ServiceParts(
                handler: handler,
                doors: { partitions, metrics in
                    let waitlist = WaitlistClient(endpoint: settings.endpoint, logger: logger)
                    let owned = LocalPartitions(partitions, of: settings.partitions)
                    let api = HTTPAPI(
                        authentication: authentication, rateLimit: rate,
                        executor: CommandExecutor(policy: rules, partitions: owned, waitlist: waitlist),
                        applications: ApplicationQueries(partitions: owned, waitlist: waitlist),
                        operations: OperationQueries(partitions: owned, waiters: watch),
                        documents: DocumentsController(openAPI: Specs.openAPI, asyncAPI: Specs.asyncAPI),
                        metrics: RequestMetrics(factory: metrics), logger: logger)
                    var services: [any Service] = [waitlist]
                    if let first = partitions.first(where: { $0.address.partition == Partition(number: 0) }) {
                        services.append(
                            Ingress(partitions: partitions, first: first, settings: settings, logger: logger))
                    }
                    metrics.collect { [.gauge("waitlist_http_waiting", Double(watch.count))] }
                    return Doors(services: services, routes: api.addRoutes)
                })
        })
}
