package import Contracts

/// What a service does inside a partition's transaction. All methods are synchronous, so that nothing can be awaited
/// between the first read and the commit.
package protocol LedgerHandler: Sendable {
    /// Processes one message. An error rolls back this message and no other, and blocks it for a retry.
    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition

    /// An operator discarded a blocked message, which will never be applied.
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws

    /// Writes the changed rows of `transaction.rowCache` before the commit.
    func flush(_ transaction: LedgerTransaction) throws

    /// A timer is due. It is already deleted: schedule it again to repeat it.
    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) throws

    /// The maximum number of due timers to fire in this transaction: lower it while more urgent work is waiting, or
    /// return 0 while it is unknown whether the timers are still valid.
    func timerLimit(in transaction: LedgerTransaction) -> Int

    /// Called in the first transaction of the process, in the first one after the clock was set back, and when time
    /// zone files have changed: starts jobs that reconsider what depends on the settings or on the rules of time
    /// zones, or was decided by a clock that was ahead.
    func reconsider(in transaction: LedgerTransaction) throws

    /// The stream of a producer has begun a new epoch: its file is an older copy of itself, or a new one.
    func producerRenewed(_ producer: Address, in transaction: LedgerTransaction) throws

    /// The consumer of a stream has answered since the file was opened, or since the stream began a new epoch: both
    /// sides know the same of it.
    func consumerVerified(_ consumer: Address, in transaction: LedgerTransaction) throws

    /// Deletes a bounded number of rows that are past terms of their own. True: there may be more.
    func prune(in transaction: LedgerTransaction) throws -> Bool

    /// One bounded step of forgetting what has been over since before `limit` (`RETENTION`, contract section 7). True:
    /// there may be more.
    func forget(before limit: Timestamp, in transaction: LedgerTransaction) throws -> Bool

    /// Runs one step of a job, of at most ``LedgerTransaction/stepRows`` rows, and counts them: of a job of the
    /// service, or of ``LedgerJob/resyncKind``. Returns the job with its new cursor, or nil when it is finished.
    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) throws -> LedgerJob?
}

extension LedgerHandler {
    /// Without a row cache there is nothing to write.
    package func flush(_ transaction: LedgerTransaction) throws {}

    package func reconsider(in transaction: LedgerTransaction) throws {}

    package func prune(in transaction: LedgerTransaction) throws -> Bool { false }

    package func forget(before limit: Timestamp, in transaction: LedgerTransaction) throws -> Bool { false }

    package func consumerVerified(_ consumer: Address, in transaction: LedgerTransaction) throws {}

    package func producerRenewed(_ producer: Address, in transaction: LedgerTransaction) throws {}

    package func timerLimit(in transaction: LedgerTransaction) -> Int { .max }
}
