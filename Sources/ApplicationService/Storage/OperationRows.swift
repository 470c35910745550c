import Contracts
import Ledger
import Web

/// Operations and idempotency records as they are persisted: for the writer, and for those who read beside it.
struct OperationRows {
    let source: any StatementSource

    func operation(_ id: OperationID) throws -> CommandOperation? {
        let select = try source.statement(
            """
            SELECT caller, kind, status, created_at, updated_at, application, volunteer, outcome, position, problem
            FROM operation WHERE id = ?
            """)
        try select.bind(1, id.description)
        var operation: CommandOperation?
        try select.forEachRow { operation = CommandOperation(id, row: $0) }
        return operation
    }

    /// What was answered when a key came first.
    struct Remembered: Sendable, Hashable {
        let operation: OperationID
        let answer: [UInt8]
        let isSameBody: Bool
    }

    func remembered(_ key: CommandKey, now: Timestamp) throws -> Remembered? {
        let select = try source.statement(
            "SELECT operation, answer, body FROM idempotency WHERE scope = ? AND created_at > ?")
        try select.bind(1, key.scope)
        try select.bind(2, now.advanced(by: .zero - OperationStore.keyRetention).milliseconds)
        var found: Remembered?
        try select.forEachRow { row in
            found = Remembered(
                operation: OperationID(trusted: row.text(0)), answer: row.bytes(1),
                isSameBody: row.bytes(2) == key.body)
        }
        return found
    }
}

extension CommandOperation {
    fileprivate init(_ id: OperationID, row: RawRow) {
        self.init(
            id: id, caller: row.text(0), kind: Action(rawValue: row.text(1)) ?? .response,
            application: .trusted(row.text(5)), volunteer: row.isNull(6) ? nil : .trusted(row.text(6)),
            createdAt: row.timestamp(3), updatedAt: row.timestamp(4),
            state: State(
                status: row.text(2), outcome: row.optionalText(7), position: row.isNull(8) ? nil : row.int(8),
                problem: row.optionalText(9)))
    }
}

extension CommandOperation.State {
    fileprivate init(status: String, outcome: String?, position: Int?, problem: String?) {
        switch (status, outcome) {
        case ("pending", _): self = .pending
        case ("running", _): self = .running
        case ("failed", _): self = .ended(.failed(problem.flatMap(Problem.Code.init) ?? .internal))
        case (_, "confirmed"): self = .ended(.confirmed)
        case (_, "declined"): self = .ended(.declined)
        case (_, "waiting"): self = .ended(.waiting(position: position))
        default: self = .ended(.done)
        }
    }
}
