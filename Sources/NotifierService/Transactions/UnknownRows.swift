import Contracts
import Ledger
import NotifierDomain

/// The rows of one partition of ApplicationService that it did not name in its state, as one step of a job goes through
/// them.
struct UnknownRows {
    enum Readiness {
        /// Another partition's, or only waiting to be deleted.
        case ofAnother
        /// Parts of the state wait to be applied, which jobs do.
        case wait
        /// A part of the state may be blocked.
        case retry
        case isReady
    }

    let state: CompleteState
    let cursor: Int64
    private let producer: Address
    private let partitions: Int

    /// Nil if no state has been completed.
    init?(of job: LedgerJob, _ partitions: Int, in transaction: LedgerTransaction) throws {
        guard let producer = Address(parsing: job.key) else { throw UnknownColumnValue(job.key, meaning: "Address") }
        guard let state = try NotifierStore(transaction).completeState(of: producer) else { return nil }
        self.state = state
        self.producer = producer
        self.partitions = partitions
        cursor = Int64(job.cursor) ?? 0
    }

    func decide(_ stored: StoredApplication, in transaction: LedgerTransaction) throws -> Readiness {
        let id = stored.application.id
        if stored.isDetached || Partition.of(id, count: partitions) != producer.partition { return .ofAnother }
        if stored.hasBuffered { return .wait }
        return transaction.isBlocked(ExactString(id.string)) ? .retry : .isReady
    }
}
