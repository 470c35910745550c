import ArgumentParser
import Contracts
import Foundation
import Ledger
import NotifierDomain
import ServiceKit
import Web
import Webhooks
import Wording

/// Notifications for users: the changes that concern them, and reminders before the start.
@main
struct NotifierService: ParsableCommand {
    static let program = ServiceProgram(
        "NotifierService",
        abstract: "Notifications for users: the changes that concern them, and reminders before the start.",
        defaultPort: 8082, settings: [.language, reminders, .webhookMasterKey, .webhookAllowCIDRs, .webhookSchedule],
        metrics: ServiceMetric.notifier)
    /// In the header of every delivery.
    static let userAgent = "\(program.executable)/\(ServiceProgram.version)"
    static let configuration = CommandConfiguration.service(program, subcommands: [ReceiverCheckCommand.self])

    private static let reminders = Setting(
        "REMINDERS", default: "P1D,PT2H", "how long before the start reminders are sent, or none")

    static func main() async {
        await program.runPartitions(Self.self) { reader, settings in
            var handler = try handler(reader, settings)
            handler.schedule = try RetrySchedule(reader)
            let policy = try WebhookPolicy(reader)
            // What ApplicationService may ask.
            let routes =
                DeliveryRoutes(notices: handler.notices).all + InboxRoutes(waiters: handler.waiters).all
                + SentNotificationRoutes().all + PreferencesRoutes().all
            let webhooks = WebhookServices(
                policy, schedule: handler.schedule, notices: handler.notices
            ) { HTTPWebhookSender(CallbackGuard(rules: policy.rules), userAgent: userAgent) }
            return ServiceDefinition(
                service: .notifier, migrations: LedgerMigration.notifier, handler: handler,
                requestHandler: NotifierRouter(routes).answer, requestLimits: NotifierRouter.limits,
                servicesBeside: webhooks.make)
        }
    }

    private static func handler(_ reader: SettingsReader, _ settings: ServiceSettings) throws -> NotifierHandler {
        let known = Language.allCases.map(\.rawValue).joined(separator: ", ")
        let language = try reader.value(.language, "one of \(known)") { Language(parsing: $0) }
        let plan = try reader.value(
            reminders,
            "different positive ISO 8601 durations, \(ReminderPlan.limit) at most, as in P1D,PT2H, or none"
        ) { ReminderPlan(parsing: $0) }
        return NotifierHandler(
            formatter: try NotificationFormatter(
                language, defaultZone: CivilClock.zone(named: settings.timeZone) ?? .gmt),
            plan: plan, defaultZone: settings.timeZone, partitions: settings.partitions)
    }
}
