/// Decides which failures end a `ConnectionLoop` and which are retried. Records the outcomes of one loop's attempts.
struct ReconnectPolicy {
    /// How long another holder of an exclusive queue is tolerated before the first success. Nil: no failure is fatal.
    let exclusiveGrace: Duration?
    /// The same after it, when the holder may be our own connection, which the broker does not know to be lost.
    let lostConnectionGrace: Duration
    private var hasSucceeded = false
    private var lockedSince: ContinuousClock.Instant?
    private var lastFailure: BrokerError.Code?

    init(exclusiveGrace: Duration?, heartbeat: Duration) {
        self.exclusiveGrace = exclusiveGrace
        // The broker closes a connection after two to three heartbeats without a sign of life.
        lostConnectionGrace = max(heartbeat * 5, .seconds(15))
    }

    mutating func recordSuccess() {
        hasSucceeded = true
        lockedSince = nil
        lastFailure = nil
    }

    /// Returns true unless the previous attempt failed with the same code.
    mutating func recordFailure(_ error: BrokerError, at now: ContinuousClock.Instant = .now) -> Bool {
        if error.code == .resourceLocked, lockedSince == nil { lockedSince = now }
        defer { lastFailure = error.code }
        return lastFailure != error.code
    }

    /// The holder of an exclusive queue may be a dead process whose connection the broker has not closed yet; after the
    /// grace it must be alive.
    func isFatal(_ error: BrokerError, at now: ContinuousClock.Instant = .now) -> Bool {
        guard let exclusiveGrace else { return false }
        switch error.code {
        // After a success the broker has been replaced, and its operator may still be setting it up.
        case .topologyMismatch: return !hasSucceeded
        case .resourceLocked:
            guard let lockedSince else { return false }
            return now - lockedSince >= (hasSucceeded ? max(lostConnectionGrace, exclusiveGrace) : exclusiveGrace)
        default: return false
        }
    }
}
