import Contracts
import Foundation
import Ledger
import ServiceKit
import WaitlistDomain

/// The waiting list: who waits in which order, and who is offered a spot that came free.
@main
enum WaitlistService {
    static func main() async {
        let program = ServiceProgram(definition)
        exit(await program.run(arguments: Array(CommandLine.arguments.dropFirst())))
    }

    static let definition = ServiceDefinition(
        service: .waitlist, executable: "WaitlistService",
        purpose: "the waiting list: who waits in which order, and who is offered a spot that came free",
        defaultPort: 8081,
        settings: [
            Setting("OFFER_FACTOR", standard: "all", "who gets offers: all that wait, or so many per free spot"),
            Setting("OFFER_WINDOW", standard: "PT24H", "how long an offer holds, at most until the start"),
        ],
        migrations: LedgerMigration.waitlist,
        parts: { reader, settings, _ in
            ServiceParts(
                handler: WaitlistHandler(policy: try policy(reader), defaultZone: settings.timeZone),
                requestHandler: WaitlistQueries.answer)
        })

    private static func policy(_ reader: SettingsReader) throws(ConfigurationError) -> OfferPolicy {
        guard let factor = OfferPolicy.Factor(parsing: reader.text("OFFER_FACTOR") ?? "all") else {
            throw ConfigurationError("OFFER_FACTOR must be all, or a whole number from 1 to 1000")
        }
        let window = try reader.duration("OFFER_WINDOW", default: ISODuration(time: .seconds(86_400)))
        guard window.days > 0 || window.time > .zero else {
            throw ConfigurationError("OFFER_WINDOW must be longer than nothing")
        }
        return OfferPolicy(factor: factor, window: window)
    }
}
