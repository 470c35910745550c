import ApplicationDomain
import Contracts
import Ledger

/// Operations and idempotency records as rows: for the writer's transaction, and for reads from a snapshot beside it.
struct OperationStore<Source: StatementSource> {
    let source: Source

    init(_ source: Source) {
        self.source = source
    }

    func operation(_ id: OperationID) throws -> CommandOperation? {
        let select = try source.statement(
            """
            SELECT caller, kind, status, created_at, updated_at, application, volunteer, outcome, position, problem
            FROM operation WHERE id = ?
            """)
        try select.bind(1, id.description)
        var operation: CommandOperation?
        try select.forEachRow { operation = try CommandOperation(id, row: $0) }
        return operation
    }

    /// The answer that was given when the key was first used; nil if it is unknown or past its retention.
    func answer(to key: CommandKey, now: Timestamp) throws -> StoredAnswer? {
        let select = try source.statement(
            "SELECT operation, answer, body FROM idempotency WHERE scope = ? AND created_at > ?")
        try select.bind(1, key.scope)
        try select.bind(2, now.advanced(by: .zero - CommandKey.retention).milliseconds)
        var found: StoredAnswer?
        try select.forEachRow { row in
            found = StoredAnswer(
                operation: OperationID(trusted: row.text(0)), body: row.bytes(1),
                isSameCommand: row.bytes(2) == key.body)
        }
        return found
    }
}

extension CommandOperation {
    /// - Parameter row: the columns `caller`, `kind`, `status`, `created_at`, `updated_at`, `application`, `volunteer`,
    ///   `outcome`, `position`, `problem`.
    fileprivate init(_ id: OperationID, row: RawRow) throws {
        self.init(
            id: id, caller: row.text(0), kind: try row.word(1), application: .trusted(row.text(5)),
            volunteer: row.isNull(6) ? nil : .trusted(row.text(6)), createdAt: row.timestamp(3),
            updatedAt: row.timestamp(4),
            state: try State(
                OperationColumns(
                    status: row.word(2), outcome: row.isNull(7) ? nil : row.word(7),
                    position: row.isNull(8) ? nil : row.int64(8), problem: row.isNull(9) ? nil : row.word(9))))
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

/// The answer to the first command with an Idempotency-Key.
struct StoredAnswer: Sendable, Hashable {
    let operation: OperationID
    /// The operation as JSON, as the first answer showed it.
    let body: [UInt8]
    /// Whether the command that asks has the same body as the first one.
    let isSameCommand: Bool
}
