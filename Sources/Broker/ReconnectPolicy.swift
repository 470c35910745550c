/// Decides which failures end a `ConnectionLoop` and which are retried. Records the outcomes of one loop's attempts.
struct ReconnectPolicy {
    /// How long another holder of an exclusive queue is tolerated before the first success. Nil: no failure is fatal.
    let exclusiveGrace: Duration?
    private var hasSucceeded = false
    private var lockedSince: ContinuousClock.Instant?
    private var lastFailure: BrokerError.Code?

    init(exclusiveGrace: Duration?) { self.exclusiveGrace = exclusiveGrace }

    mutating func recordSuccess() {
        hasSucceeded = true
        lastFailure = nil
    }

    /// Returns true unless the previous attempt failed with the same code.
    mutating func recordFailure(_ error: BrokerError, at now: ContinuousClock.Instant = .now) -> Bool {
        if error.code == .resourceLocked, lockedSince == nil { lockedSince = now }
        defer { lastFailure = error.code }
        return lastFailure != error.code
    }

    /// The holder of an exclusive queue may be a dead process whose connection the broker has not closed yet; after the
    /// grace it must be alive. A consumer that has held the queue before retries for ever: it only lost its connection.
    func isFatal(_ error: BrokerError, at now: ContinuousClock.Instant = .now) -> Bool {
        guard let exclusiveGrace else { return false }
        switch error.code {
        // After a success the broker has been replaced, and its operator may still be setting it up.
        case .topologyMismatch: return !hasSucceeded
        case .resourceLocked:
            guard !hasSucceeded, let lockedSince else { return false }
            return now - lockedSince >= exclusiveGrace
        default: return false
        }
    }
}
