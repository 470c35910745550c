import ArgumentParser
import Contracts
import Foundation
import Ledger
import NotifierDomain
import ServiceKit

/// Notifications for users: the changes that concern them, and reminders before the start.
@main
struct NotifierService: ParsableCommand {
    static let program = ServiceProgram(
        "NotifierService",
        abstract: "Notifications for users: the changes that concern them, and reminders before the start.",
        defaultPort: 8082, settings: [language, reminders, .webhookMasterKey, .webhookAllowCIDRs],
        metrics: [
            ServiceMetric("waitlist_notifications", help: "Notifications sent to users", .counter(.notified)),
            ServiceMetric("waitlist_reminders_due", help: "Reminders due and not sent yet", .dueTimers),
            ServiceMetric("waitlist_reminders_sent", help: "Reminders sent", .counter(.reminded)),
            ServiceMetric(
                "waitlist_reminders_missed", help: "Reminders not sent because the start had passed",
                .counter(.missed)),
        ])
    /// In the header of every delivery.
    static let userAgent = "\(program.executable)/\(ServiceProgram.version)"
    static let configuration = CommandConfiguration.service(program, subcommands: [ReceiverCheckCommand.self])

    private static let language = Setting("LANGUAGE", default: "ru", "language of notifications: ru or en")
    private static let reminders = Setting(
        "REMINDERS", default: "P1D,PT2H", "how long before the start reminders are sent, or none")

    static func main() async {
        await program.runPartitions(Self.self) { reader, settings in
            ServiceDefinition(
                service: .notifier, migrations: LedgerMigration.notifier, handler: try handler(reader, settings),
                requestHandler: NotifierRouter(routes).answer, requestLimits: NotifierRouter.limits)
        }
    }

    /// What ApplicationService may ask.
    private static let routes: [NotifierRoute] = []

    private static func handler(_ reader: SettingsReader, _ settings: ServiceSettings) throws -> NotifierHandler {
        let known = Language.allCases.map(\.rawValue).joined(separator: ", ")
        let language = try reader.value(language, "one of \(known)") { Language(parsing: $0) }
        let plan = try reader.value(
            reminders,
            "different positive ISO 8601 durations, \(ReminderPlan.limit) at most, as in P1D,PT2H, or none"
        ) { ReminderPlan(parsing: $0) }
        return NotifierHandler(
            formatter: NotificationFormatter(
                try MessageCatalog(language), defaultZone: CivilClock.zone(named: settings.timeZone) ?? .gmt),
            plan: plan, defaultZone: settings.timeZone, partitions: settings.partitions)
    }
}
