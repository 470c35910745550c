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
