import Contracts
import Foundation
import Ledger
import ServiceKit

/// Applications and responses: the one gate for spots.
@main
enum ApplicationService {
    static func main() async {
        let program = ServiceProgram(definition)
        exit(await program.run(arguments: Array(CommandLine.arguments.dropFirst())))
    }

    static let definition = ServiceDefinition(
        service: .application, executable: "ApplicationService",
        purpose: "applications and responses: the one gate for spots", defaultPort: 8080,
        migrations: LedgerMigration.application,
        handler: { _, settings in
            ApplicationHandler(partitions: settings.partitions, timeZone: settings.timeZone)
        },
        doors: { partitions, settings, logger in
            guard let first = partitions.first(where: { $0.address.partition == Partition(number: 0) }) else {
                return []
            }
            return [Ingress(partitions: partitions, first: first, settings: settings, logger: logger)]
        })
}
