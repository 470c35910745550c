import Ledger

extension CounterName {
    /// Notifications sent to users, reminders included.
    static let notified = CounterName("notified")
    /// Reminders sent.
    static let reminded = CounterName("reminded")
    /// Reminders not sent because the application had already started.
    static let missed = CounterName("missed")
}
