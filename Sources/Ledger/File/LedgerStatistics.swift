package import Contracts

/// The figures of a file that metrics export.
package struct LedgerStatistics: Sendable {
    package let parked: Int
    package let blocked: Int
    package let refused: Int
    /// Timers that are due and have not fired yet.
    package let timersDue: Int
    package let jobs: Int
    /// Streams whose producers have not sent all of their state yet.
    package let resyncingStreams: Int
    /// The durable counters by name, those of the service included; one that was never counted is missing.
    package let counters: [String: Int64]
    let oldestUnconfirmed: Timestamp?

    /// The age of the oldest unconfirmed message in seconds; 0 if all are confirmed.
    package func outboxAge(at now: Timestamp) -> Double {
        oldestUnconfirmed.map { Double(max(0, now.milliseconds - $0.milliseconds)) / 1000 } ?? 0
    }
}
