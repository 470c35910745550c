/// What one transaction of the writer changed, for whoever publishes and measures.
package struct CommitSummary: Sendable {
    /// The number of inputs in the batch; 0 if only timers, retries or jobs were due.
    package let inputs: Int
    /// From the start of the transaction to its commit, the sync included; earlier attempts are not counted.
    package let duration: Duration
    package let advancedStreams: [AdvancedStream]
    package let controlMessages: [ControlMessage]
    /// How many messages ended how.
    package let outcomes: [MessageOutcome: Int]
}
