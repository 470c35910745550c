/// Receives what a partition's writer has committed. All methods are called on the writer's thread, which waits for
/// them, so they must not block.
package protocol LedgerObserver: Sendable {
    /// A transaction is committed, and its deliveries are acked. Called before the commit's callers get their results.
    func committed(_ commit: CommitSummary)

    /// The file cannot be written any more, or can be written again.
    func writabilityChanged(_ isWritable: Bool)
}
