import Contracts
import Foundation
import GRDB
import Ledger
import Web

/// Operations and idempotency records as rows, inside the writer's transaction.
struct OperationStore {
    /// Fires as long as the file lives; the migration set it first.
    static let forgetTimer = "forget-operations"
    /// How long an ended operation is shown, and for how long after that it is known to be gone (contract section 8).
    static let retention: Duration = .seconds(30 * 86_400)
    static let tombstone: Duration = .seconds(30 * 86_400)
    /// How long a key stands for the command that it came with.
    static let keyRetention: Duration = .seconds(86_400)
    private static let forgetStep = 500
    private static let forgetPause: Duration = .seconds(600)

    let transaction: LedgerTransaction
    var rows: OperationRows { OperationRows(source: transaction) }

    init(_ transaction: LedgerTransaction) {
        self.transaction = transaction
    }

    // MARK: - Operations

    func insert(_ operation: CommandOperation) throws {
        let insert = try transaction.statement(
            """
            INSERT INTO operation (id, caller, kind, status, created_at, updated_at, application, volunteer, outcome,
                position, problem)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        let columns = operation.state.columns
        try insert.bind(1, operation.id.description)
        try insert.bind(2, operation.caller)
        try insert.bind(3, operation.kind.rawValue)
        try insert.bind(4, columns.status)
        try insert.bind(5, operation.createdAt.milliseconds)
        try insert.bind(6, operation.updatedAt.milliseconds)
        try insert.bind(7, operation.application.string)
        try insert.bind(8, operation.volunteer?.string)
        try insert.bind(9, columns.outcome)
        try insert.bind(10, columns.position)
        try insert.bind(11, columns.problem)
        try insert.run()
    }

    /// Ends what still runs for this application: the response of one volunteer, or with nil what the fund commanded.
    /// Returns what ended, for those who wait for it.
    func end(awaiting volunteer: ID?, in application: ID, _ ending: CommandOperation.Ending) throws -> [OperationID] {
        let select = try transaction.statement(
            """
            SELECT id FROM operation
            WHERE application = ? AND volunteer IS ? AND status IN ('pending', 'running')
            """)
        try select.bind(1, application.string)
        try select.bind(2, volunteer?.string)
        var ids: [OperationID] = []
        try select.forEachRow { ids.append(OperationID(trusted: $0.text(0))) }
        guard !ids.isEmpty else { return [] }
        let update = try transaction.statement(
            "UPDATE operation SET status = ?, outcome = ?, position = ?, problem = ?, updated_at = ? WHERE id = ?")
        let columns = CommandOperation.State.ended(ending).columns
        for id in ids {
            try update.bind(1, columns.status)
            try update.bind(2, columns.outcome)
            try update.bind(3, columns.position)
            try update.bind(4, columns.problem)
            try update.bind(5, transaction.now.milliseconds)
            try update.bind(6, id.description)
            try update.run()
        }
        return ids
    }

    // MARK: - Keys

    func remember(_ key: CommandKey, operation: OperationID, answer: [UInt8]) throws {
        let insert = try transaction.statement(
            "INSERT OR REPLACE INTO idempotency (scope, body, operation, answer, created_at) VALUES (?, ?, ?, ?, ?)")
        try insert.bind(1, key.scope)
        try insert.bind(2, key.body)
        try insert.bind(3, operation.description)
        try insert.bind(4, answer)
        try insert.bind(5, transaction.now.milliseconds)
        try insert.run()
    }

    // MARK: - Forgetting

    /// One bounded step: forgets keys and operations whose time is over, and sets the timer for the next.
    func forgetOld() throws {
        let db = transaction.db
        try db.execute(
            sql: """
                DELETE FROM idempotency WHERE created_at <= ? AND id IN (
                    SELECT id FROM idempotency ORDER BY id LIMIT ?)
                """,
            arguments: [transaction.now.advanced(by: .zero - Self.keyRetention).milliseconds, Self.forgetStep])
        let keys = db.changesCount
        let limit = transaction.now.advanced(by: .zero - Self.retention - Self.tombstone)
        try db.execute(
            sql: """
                DELETE FROM operation WHERE id IN (
                    SELECT id FROM operation
                    WHERE id < ? AND status IN ('succeeded', 'failed') AND updated_at <= ? ORDER BY id LIMIT ?)
                """,
            arguments: [
                OperationID.floor(in: transaction.address.partition, at: limit), limit.milliseconds, Self.forgetStep,
            ])
        let isBehind = max(keys, db.changesCount) == Self.forgetStep
        try transaction.schedule(
            LedgerTimer(
                kind: Self.forgetTimer, key: "",
                due: isBehind ? transaction.now : transaction.now.advanced(by: Self.forgetPause)))
    }
}

extension CommandOperation.State {
    fileprivate struct Columns {
        var status: String
        var outcome: String?
        var position: Int64?
        var problem: String?
    }

    fileprivate var columns: Columns {
        switch self {
        case .pending: Columns(status: "pending")
        case .running: Columns(status: "running")
        case .ended(.done): Columns(status: "succeeded")
        case .ended(.confirmed): Columns(status: "succeeded", outcome: "confirmed")
        case .ended(.declined): Columns(status: "succeeded", outcome: "declined")
        case .ended(.waiting(let position)):
            Columns(status: "succeeded", outcome: "waiting", position: position.map { Int64($0) })
        case .ended(.failed(let code)): Columns(status: "failed", problem: code.rawValue)
        }
    }
}
