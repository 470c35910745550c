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
    /// How often expired rows are deleted, and the maximum number of rows per table and transaction.
    package var maintenanceInterval: Duration = .seconds(60)
    package var maintenanceRows = 5000
    /// Runs calls only, no timers, retries, jobs or maintenance: for an operator's decision while the service is down.
    package var callsOnly = false

    package init(outboxRetention: Duration, maxAttempts: Int) {
        self.outboxRetention = outboxRetention
        self.maxAttempts = maxAttempts
    }
}
