package import Contracts

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

/// What the ledger tells the room around it. All are called on the writer's thread, after the commit.
package struct LedgerEvents: Sendable {
    /// Streams have new messages up to these numbers.
    package var advanced: @Sendable ([AdvancedStream]) -> Void
    package var controls: @Sendable ([ControlMessage]) -> Void
    package var committed: @Sendable (_ inputs: Int, _ took: Duration) -> Void
    package var counted: @Sendable ([LedgerCount: Int]) -> Void
    /// The file can or cannot be written.
    package var writable: @Sendable (Bool) -> Void
    /// The file turned out to be an older copy of itself.
    package var restored: @Sendable () -> Void

    package init(
        advanced: @escaping @Sendable ([AdvancedStream]) -> Void,
        controls: @escaping @Sendable ([ControlMessage]) -> Void,
        committed: @escaping @Sendable (Int, Duration) -> Void,
        counted: @escaping @Sendable ([LedgerCount: Int]) -> Void,
        writable: @escaping @Sendable (Bool) -> Void, restored: @escaping @Sendable () -> Void
    ) {
        self.advanced = advanced
        self.controls = controls
        self.committed = committed
        self.counted = counted
        self.writable = writable
        self.restored = restored
    }
}

/// How messages ended: their action, nil for the unread, and the counter that counts them.
package struct LedgerCount: Sendable, Hashable {
    package let action: Action?
    package let outcome: CounterName
}

/// One of this partition's streams, and the number of its last message.
package struct AdvancedStream: Sendable, Hashable {
    package let id: Int64
    package let name: OutboxStreamName
    package let head: Int64
}
