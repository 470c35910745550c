/// The limits of a partition's file.
package struct LedgerSettings: Sendable {
    /// `OUTBOX_RETENTION`: how long an applied message can still be sent again.
    package var outboxRetention: Duration
    /// `MAX_ATTEMPTS`: after so many failures of its handler a foreign message is parked.
    package var maxAttempts: Int
    /// Foreign messages are known again for so long (contract section 4).
    package var seenRetention: Duration = .seconds(7 * 86_400)
    /// Refused commands stay on record for so long.
    package var refusedRetention: Duration = .seconds(30 * 86_400)
    /// How often what is too old is looked for, and how many rows one step deletes.
    package var maintenanceInterval: Duration = .seconds(60)
    package var maintenanceRows = 5000
    /// An operator's decision about the file of a service that does not run: nothing else happens by the way.
    package var onlyCalls = false

    package init(outboxRetention: Duration, maxAttempts: Int) {
        self.outboxRetention = outboxRetention
        self.maxAttempts = maxAttempts
    }
}
