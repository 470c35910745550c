import ApplicationDomain
import Contracts
import GRDB
import Ledger

/// Operations and idempotency records as rows: for the writer's transaction, and for reads from a snapshot beside it.
struct OperationStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    func operation(_ id: OperationID) throws -> StoredOperation? {
        try source.row(
            """
            SELECT id, caller, kind, status, created_at, updated_at, application, volunteer, outcome, position,
                problem, callback, ended_at
            FROM operation WHERE id = ?
            """, id.description
        ) { row in
            try row.require(columns: 13)
            return StoredOperation(operation: try CommandOperation(row), endedAt: row.optionalTimestamp(12))
        }
    }

    /// The answer that was given when the key was first used; nil if it is unknown or past its retention.
    func answer(to key: CommandKey, now: Timestamp) throws -> StoredAnswer? {
        try source.row(
            "SELECT operation, answer, body FROM idempotency WHERE scope = ? AND created_at > ?",
            key.scope, now.advanced(by: .zero - CommandKey.retention)
        ) { row in
            StoredAnswer(
                id: row.text(0), body: row.bytes(1),
                isSameCommand: row.bytes(2) == key.body)
        }
    }
}

/// What only the writer's transaction does.
extension OperationStore where Source == LedgerTransaction {
    // MARK: - Operations

    func insert(_ operation: CommandOperation) throws {
        let columns = OperationColumns(operation.state)
        try source.execute(
            """
            INSERT INTO operation (id, caller, kind, status, created_at, updated_at, application, volunteer, outcome,
                position, problem, callback, ended_at, kept_from)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            operation.id.description, operation.caller.string, operation.kind.rawValue, columns.status.rawValue,
            operation.createdAt, operation.updatedAt, operation.application, operation.volunteer,
            columns.outcome?.rawValue, columns.position, columns.problem?.rawValue, operation.callback,
            operation.endedAt == nil ? nil : source.latestNow, operation.endedAt == nil ? nil : source.servedNow)
    }

    /// Ends the operations of this application that have not ended: the responses of one volunteer, or with nil the
    /// fund's commands.
    /// - Returns: the operations that ended, as they are now.
    func end(
        of volunteer: ID?, in application: ID, with outcome: CommandOperation.Outcome
    ) throws -> [CommandOperation] {
        let operations = try source.rows(
            """
            SELECT id, caller, kind, status, created_at, updated_at, application, volunteer, outcome, position,
                problem, callback
            FROM operation
            WHERE application = ? AND volunteer IS ? AND status IN ('pending', 'running')
            """, application, volunteer
        ) { row in
            try row.require(columns: 12)
            return try CommandOperation(row).ended(with: outcome, at: source.now)
        }
        let columns = OperationColumns(.ended(outcome))
        for operation in operations {
            try source.execute(
                """
                UPDATE operation SET status = ?, outcome = ?, position = ?, problem = ?, updated_at = ?,
                    ended_at = ?, kept_from = ?
                WHERE id = ?
                """,
                columns.status.rawValue, columns.outcome?.rawValue, columns.position, columns.problem?.rawValue,
                source.now, source.latestNow, source.servedNow, operation.id.description)
        }
        return operations
    }

    // MARK: - Idempotency records

    /// - Parameter id: of the operation, or of what was created at once.
    func insert(_ key: CommandKey, id: String, answer: [UInt8]) throws {
        try source.execute(
            """
            INSERT OR REPLACE INTO idempotency (scope, body, operation, answer, created_at, kept_from)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            key.scope, key.body, id, answer, source.latestNow, source.servedNow)
    }

    // MARK: - Retention

    /// Whether a command about the application has not ended.
    func hasUnfinished(of application: ID) throws -> Bool {
        try source.row(
            """
            SELECT EXISTS (
                SELECT 1 FROM operation WHERE application = ? AND status IN ('pending', 'running'))
            """, application
        ) { $0.bool(0) } ?? false
    }

    /// Deletes operations and idempotency records that are past their retention by the time served, at most
    /// `batchSize` of each. True: there may be more.
    func deleteOld() throws -> Bool {
        let batchSize = 500
        let now = source.servedNow
        let oldestKey = now.advanced(by: .zero - CommandKey.retention)
        let oldestOperation = now.advanced(by: .zero - CommandOperation.retention - CommandOperation.tombstoneRetention)
        let changes = [
            try source.execute(
                """
                DELETE FROM idempotency WHERE id IN (
                    SELECT id FROM idempotency WHERE kept_from <= ? ORDER BY kept_from LIMIT ?)
                """, oldestKey, batchSize),
            try source.execute(
                """
                DELETE FROM operation WHERE id IN (
                    SELECT id FROM operation WHERE kept_from <= ? ORDER BY kept_from LIMIT ?)
                """, oldestOperation, batchSize),
            // Earlier versions stamped by the wall clock, which may have been ahead.
            try source.execute(
                """
                UPDATE idempotency SET kept_from = ?1 WHERE id IN (
                    SELECT id FROM idempotency WHERE kept_from > ?1 ORDER BY kept_from LIMIT ?2)
                """, now, batchSize),
            try source.execute(
                """
                UPDATE operation SET kept_from = ?1 WHERE id IN (
                    SELECT id FROM operation WHERE kept_from > ?1 ORDER BY kept_from LIMIT ?2)
                """, now, batchSize),
        ]
        return changes.contains(batchSize)
    }
}

/// An operation as its row holds it.
struct StoredOperation: Sendable, Hashable {
    let operation: CommandOperation
    /// When it ended; not too early, even if the wall clock was behind. Nil before that.
    let endedAt: Timestamp?

    enum Visibility: Sendable, Hashable {
        case shown
        /// Past its retention: clients get 410.
        case expired
        case gone
    }

    /// What clients see at a time (contract section 8).
    func visibility(at now: Timestamp) -> Visibility {
        guard let expiry = endedAt?.advanced(by: CommandOperation.retention), expiry <= now else { return .shown }
        return now < expiry.advanced(by: CommandOperation.tombstoneRetention) ? .expired : .gone
    }
}

extension CommandOperation {
    /// - Parameter row: the columns `id`, `caller`, `kind`, `status`, `created_at`, `updated_at`, `application`,
    ///   `volunteer`, `outcome`, `position`, `problem`, `callback`, and any others.
    fileprivate init(_ row: RawRow) throws {
        self.init(
            id: OperationID(trusted: row.text(0)), caller: ExactString(row.text(1)), kind: try row.word(2),
            application: .trusted(row.text(6)), volunteer: row.isNull(7) ? nil : .trusted(row.text(7)),
            createdAt: row.timestamp(4), updatedAt: row.timestamp(5),
            state: try State(
                OperationColumns(
                    status: row.word(3), outcome: row.isNull(8) ? nil : row.word(8),
                    position: row.isNull(9) ? nil : row.int64(9), problem: row.isNull(10) ? nil : row.word(10))),
            callback: row.isNull(11) ? nil : row.text(11))
    }
}

/// The state of an operation as the columns `status`, `outcome`, `position` and `problem` hold it.
struct OperationColumns {
    enum Status: String {
        case pending, running, succeeded, failed
    }

    enum Outcome: String {
        case confirmed, waiting, declined
    }

    var status: Status
    /// Only of a response that succeeded.
    var outcome: Outcome?
    var position: Int64?
    /// Only of an operation that failed.
    var problem: RefusalReason?
}

extension OperationColumns {
    init(_ state: CommandOperation.State) {
        switch state {
        case .pending: self.init(status: .pending)
        case .running: self.init(status: .running)
        case .ended(.done): self.init(status: .succeeded)
        case .ended(.confirmed): self.init(status: .succeeded, outcome: .confirmed)
        case .ended(.declined): self.init(status: .succeeded, outcome: .declined)
        case .ended(.waiting(let position)):
            self.init(status: .succeeded, outcome: .waiting, position: position.map { Int64($0) })
        case .ended(.failed(let reason)): self.init(status: .failed, problem: reason)
        }
    }
}

extension CommandOperation.State {
    init(_ columns: OperationColumns) throws {
        switch columns.status {
        case .pending: self = .pending
        case .running: self = .running
        case .failed:
            // The table allows NULL only with another status.
            guard let reason = columns.problem else { throw UnknownColumnValue("NULL", meaning: "RefusalReason") }
            self = .ended(.failed(reason))
        case .succeeded:
            switch columns.outcome {
            case .confirmed: self = .ended(.confirmed)
            case .declined: self = .ended(.declined)
            case .waiting: self = .ended(.waiting(position: columns.position.map { Int($0) }))
            case nil: self = .ended(.done)
            }
        }
    }
}
