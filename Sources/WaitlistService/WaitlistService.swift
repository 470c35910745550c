import ArgumentParser
import Configuration
import Contracts
import Ledger
import ServiceKit
import ServiceLifecycle
import WaitlistDomain
import Web

/// The waiting list: the order of those who wait, and the offers of spots that became free.
@main
struct WaitlistService: ParsableCommand {
    static let program = ServiceProgram(
        "WaitlistService",
        abstract: "The waiting list: the order of those who wait, and the offers of spots that became free.",
        defaultPort: 8081, settings: [offerFactor, offerWindow],
        metrics: [
            ServiceMetric(
                "waitlist_offers", help: "Offers sent to volunteers since the file was made", .counter(.offers))
        ])
    static let configuration = CommandConfiguration.service(program)

    private static let offerFactor = Setting(
        "OFFER_FACTOR", default: "all", "all: offer to everyone who waits; or the number of offers per free spot")
    private static let offerWindow = Setting(
        "OFFER_WINDOW", default: "PT24H", "how long an offer is valid, at most until the start")

    static func main() async {
        await program.run(Self.self) { invocation in
            let reader = SettingsReader([invocation.settings.provider, EnvironmentVariablesProvider()])
            let settings = try ServiceSettings(reader, defaultPort: program.defaultPort)
            let definition = ServiceDefinition(
                service: .waitlist, migrations: LedgerMigration.waitlist,
                handler: WaitlistHandler(policy: try policy(reader), defaultZone: settings.timeZone),
                requestHandler: WaitlistQueries.answer)
            if let command = invocation.adminCommand {
                return try await AdminClient(definition, settings, executable: program.executable).run(command)
            }
            let observability = program.start(settings)
            return try await program.serve(
                build(settings, definition, observability), logger: observability.logger)
        }
    }

    private static func build(
        _ settings: ServiceSettings, _ definition: ServiceDefinition, _ observability: Observability
    ) throws -> [any Service] {
        let partitions = try PartitionGroup(definition, settings, observability)
        let http = HTTPServer(settings, observability, partitions: partitions)
        return [partitions] + partitions.adminSockets(definition, settings) + [http]
    }

    private static func policy(_ reader: SettingsReader) throws(ConfigurationError) -> OfferPolicy {
        let factor = try reader.value(offerFactor, "all, or a whole number from 1 to 1000") {
            OfferPolicy.Factor(parsing: $0)
        }
        let window = try reader.duration(offerWindow)
        guard window.days > 0 || window.time > .zero else {
            throw ConfigurationError("OFFER_WINDOW must be positive")
        }
        return OfferPolicy(factor: factor, window: window)
    }
}
