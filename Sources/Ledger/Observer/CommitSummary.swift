package import Contracts

/// The result of one committed transaction, for publishing and metrics.
package struct CommitSummary: Sendable {
    /// Inputs that were submitted together, and the time from their submission to the commit.
    package struct Latency: Sendable {
        package let inputs: Int
        package let duration: Duration
    }

    /// The number of inputs in the batch; 0 if only timers, retries or jobs were due.
    package let inputs: Int
    /// From the start of the transaction to its commit, the sync included; failed attempts are not counted.
    package let duration: Duration
    package let latencies: [Latency]
    package let advancedStreams: [AdvancedStream]
    package let verifiedStreams: [VerifiedStream]
    /// The row ids of the streams whose consumers must be asked again what they know.
    package let questionedStreams: [Int64]
    package let controlMessages: [ControlMessage]
    /// How many messages ended how.
    package let outcomes: [MessageOutcome: Int]
}

/// How a message ended: its action, nil if the message could not be read, and the counter that counts it.
package struct MessageOutcome: Sendable, Hashable {
    package let action: Action?
    package let counter: CounterName
}
