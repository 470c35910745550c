/// The limits and retention times of a partition's file.
package struct LedgerSettings: Sendable {
    /// `OUTBOX_RETENTION`: how long an applied message can still be sent again.
    package var outboxRetention: Duration
    /// `MAX_ATTEMPTS`: a foreign message is parked after its handler has failed this many times.
    package var maxAttempts: Int
    /// How long foreign messages are deduplicated (contract section 4).
    package var seenRetention: Duration = .seconds(7 * 86_400)
    /// How long refused commands stay on record.
    package var refusedRetention: Duration = .seconds(30 * 86_400)
    /// `RETENTION`: how long what is over and what is parked is kept; nil for ever.
    package var retention: Duration?
    /// How often expired rows are deleted, more often if `retention` is shorter, and the maximum number of rows per
    /// table and transaction.
    package var maintenanceInterval: Duration = .seconds(60)
    package var maintenanceRows = 5000
    /// The maximum number of parked messages deleted in one transaction: each may have megabytes.
    package var maintenanceParked = 16
    /// Runs calls only, no timers, retries, jobs or maintenance: for an operator's decision while the service is down.
    package var callsOnly = false

    package init(outboxRetention: Duration, maxAttempts: Int, retention: Duration? = nil) {
        self.outboxRetention = outboxRetention
        self.maxAttempts = maxAttempts
        self.retention = retention
        if let retention { maintenanceInterval = max(min(maintenanceInterval, retention), .seconds(1)) }
    }
}
