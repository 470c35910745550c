import ApplicationDomain
import Contracts
import GRDB
import Ledger

/// What only the writer's transaction does.
extension OperationStore where Source == LedgerTransaction {
    // MARK: - Operations

    func insert(_ operation: CommandOperation) throws {
        let insert = try source.statement(
            """
            INSERT INTO operation (id, caller, kind, status, created_at, updated_at, application, volunteer, outcome,
                position, problem)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        let columns = OperationColumns(operation.state)
        try insert.bind(1, operation.id.description)
        try insert.bind(2, operation.caller)
        try insert.bind(3, operation.kind.rawValue)
        try insert.bind(4, columns.status.rawValue)
        try insert.bind(5, operation.createdAt.milliseconds)
        try insert.bind(6, operation.updatedAt.milliseconds)
        try insert.bind(7, operation.application.string)
        try insert.bind(8, operation.volunteer?.string)
        try insert.bind(9, columns.outcome?.rawValue)
        try insert.bind(10, columns.position)
        try insert.bind(11, columns.problem?.rawValue)
        try insert.run()
    }

    /// Ends the operations of this application that have not ended: the responses of one volunteer, or with nil the
    /// fund's commands.
    /// - Returns: the operations that ended, for the requests that wait for them.
    func end(
        of volunteer: ID?, in application: ID, with outcome: CommandOperation.Outcome
    ) throws -> [OperationID] {
        let select = try source.statement(
            """
            SELECT id FROM operation
            WHERE application = ? AND volunteer IS ? AND status IN ('pending', 'running')
            """)
        try select.bind(1, application.string)
        try select.bind(2, volunteer?.string)
        var ids: [OperationID] = []
        try select.forEachRow { ids.append(OperationID(trusted: $0.text(0))) }
        guard !ids.isEmpty else { return [] }
        let update = try source.statement(
            "UPDATE operation SET status = ?, outcome = ?, position = ?, problem = ?, updated_at = ? WHERE id = ?")
        let columns = OperationColumns(.ended(outcome))
        for id in ids {
            try update.bind(1, columns.status.rawValue)
            try update.bind(2, columns.outcome?.rawValue)
            try update.bind(3, columns.position)
            try update.bind(4, columns.problem?.rawValue)
            try update.bind(5, source.now.milliseconds)
            try update.bind(6, id.description)
            try update.run()
        }
        return ids
    }

    // MARK: - Idempotency records

    func insert(_ key: CommandKey, operation: OperationID, answer: [UInt8]) throws {
        let insert = try source.statement(
            "INSERT OR REPLACE INTO idempotency (scope, body, operation, answer, created_at) VALUES (?, ?, ?, ?, ?)")
        try insert.bind(1, key.scope)
        try insert.bind(2, key.body)
        try insert.bind(3, operation.description)
        try insert.bind(4, answer)
        try insert.bind(5, source.now.milliseconds)
        try insert.run()
    }

    // MARK: - Retention

    /// Deletes operations and idempotency records that are past their retention, at most `batchSize` of each, and sets
    /// the timer for the next batch.
    func deleteOld() throws {
        let batchSize = 500
        let pause: Duration = .seconds(600)
        let db = source.db
        try db.execute(
            sql: """
                DELETE FROM idempotency WHERE created_at <= ? AND id IN (
                    SELECT id FROM idempotency ORDER BY id LIMIT ?)
                """,
            arguments: [source.now.advanced(by: .zero - CommandKey.retention).milliseconds, batchSize])
        let deletedKeys = db.changesCount
        let limit = source.now.advanced(
            by: .zero - CommandOperation.retention - CommandOperation.tombstoneRetention)
        try db.execute(
            sql: """
                DELETE FROM operation WHERE id IN (
                    SELECT id FROM operation
                    WHERE id < ? AND status IN ('succeeded', 'failed') AND updated_at <= ? ORDER BY id LIMIT ?)
                """,
            arguments: [
                OperationID.lowerBound(in: source.address.partition, at: limit), limit.milliseconds, batchSize,
            ])
        let hasMore = max(deletedKeys, db.changesCount) == batchSize
        try source.schedule(
            LedgerTimer(
                kind: TimerKind.deleteOldOperations.rawValue, key: "",
                due: hasMore ? source.now : source.now.advanced(by: pause)))
    }
}
