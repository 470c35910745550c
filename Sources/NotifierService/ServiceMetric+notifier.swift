import Contracts
import Ledger
import ServiceKit

extension ServiceMetric {
    /// What NotifierService alone exposes.
    static let notifier = [
        ServiceMetric("waitlist_notifications", help: "Notifications sent to users", .counter(.notified)),
        ServiceMetric("waitlist_reminders_due", help: "Reminders due and not sent yet", .dueTimers),
        ServiceMetric("waitlist_reminders_sent", help: "Reminders sent", .counter(.reminded)),
        ServiceMetric(
            "waitlist_reminders_missed", help: "Reminders not sent because the start had passed",
            .counter(.missed)),
        ServiceMetric(
            "waitlist_webhook_attempts_total", help: "Attempts to post a delivery", .counter(.webhookAttempts)),
        ServiceMetric("waitlist_webhook_delivered_total", help: "Deliveries that arrived", .counter(.webhookDelivered)),
        ServiceMetric(
            "waitlist_webhook_failed_total", help: "Deliveries that were given up", .counter(.webhookFailed)),
        ServiceMetric(
            "waitlist_webhook_skipped_total", help: "Deliveries kept because the endpoint was disabled",
            .counter(.webhookSkipped)),
        ServiceMetric("waitlist_webhook_pending", help: "Deliveries that are pending", .gauge(.webhookPending)),
        ServiceMetric(
            "waitlist_webhook_overdue_seconds", help: "How long the oldest delivery has been due",
            .query { snapshot, now in
                let due = try DeliveryStore(snapshot).oldestDue()
                return due.map { max(0, (now - $0) / .seconds(1)) } ?? 0
            }),
    ]
}
