import Contracts
import Foundation
import Ledger
import NotifierDomain
import ServiceKit

/// What people hear: every change that concerns them, in their words, and a reminder before the day.
@main
enum NotifierService {
    static func main() async {
        let program = ServiceProgram(definition)
        exit(await program.run(arguments: Array(CommandLine.arguments.dropFirst())))
    }

    static let definition = ServiceDefinition(
        service: .notifier, executable: "NotifierService",
        purpose: "what people hear: every change that concerns them, and a reminder before the day",
        defaultPort: 8082,
        settings: [
            Setting("LANGUAGE", standard: "ru", "what users are told in: ru or en"),
            Setting("REMINDERS", standard: "P1D,PT2H", "how long before the start to remind, or none"),
        ],
        migrations: LedgerMigration.notifier,
        parts: { reader, settings, _ in
            let language = try language(reader)
            return ServiceParts(
                handler: NotifierHandler(
                    formatter: NotificationFormatter(
                        try MessageCatalog(language), defaultZone: CivilClock.zone(named: settings.timeZone) ?? .gmt),
                    plan: try plan(reader), defaultZone: settings.timeZone))
        })

    private static func language(_ reader: SettingsReader) throws(ConfigurationError) -> Language {
        guard let text = reader.text("LANGUAGE") else { return .ru }
        guard let language = Language(parsing: text) else {
            let known = Language.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("LANGUAGE must be one of \(known)")
        }
        return language
    }

    private static func plan(_ reader: SettingsReader) throws(ConfigurationError) -> ReminderPlan {
        guard let plan = ReminderPlan(parsing: reader.text("REMINDERS") ?? "P1D,PT2H") else {
            throw ConfigurationError(
                "REMINDERS must be different ISO 8601 durations longer than nothing, \(ReminderPlan.limit) at most, "
                    + "as in P1D,PT2H, or none")
        }
        return plan
    }
}
