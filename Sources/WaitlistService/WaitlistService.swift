import ArgumentParser
import Contracts
import Ledger
import ServiceKit
import WaitlistDomain

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
        await program.runPartitions(Self.self) { reader, settings in
            let handler = WaitlistHandler(policy: try policy(reader), defaultZone: settings.timeZone)
            return ServiceDefinition(
                service: .waitlist, migrations: LedgerMigration.waitlist, handler: handler,
                requestHandler: WaitlistQueries(waiters: handler.waiters).answer,
                requestLimits: WaitlistQueries.limits)
        }
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
