import Ledger

extension CounterName {
    /// Notifications sent to users, reminders included.
    static let notified = CounterName("notified")
    /// Reminders sent.
    static let reminded = CounterName("reminded")
    /// Reminders not sent because the application had already started.
    static let missed = CounterName("missed")

    /// Deliveries to callbacks and webhook endpoints that are pending now.
    static let webhookPending = CounterName("webhook_pending")
    static let webhookAttempts = CounterName("webhook_attempts")
    /// Deliveries that ended.
    static let webhookDelivered = CounterName("webhook_delivered")
    static let webhookFailed = CounterName("webhook_failed")
    static let webhookSkipped = CounterName("webhook_skipped")
}
