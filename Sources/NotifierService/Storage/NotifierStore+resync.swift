import Contracts
import GRDB
import Ledger
import NotifierDomain

/// What ApplicationService has named in its state, and since then (contract section 6).
extension NotifierStore<LedgerTransaction> {
    /// ApplicationService speaks of the application in this epoch of its stream.
    func setEpoch(_ epoch: Int64, of application: StoredApplication) throws {
        guard epoch > application.epoch else { return }
        try db.cachedStatement(sql: "UPDATE application SET epoch = ? WHERE id = ?")
            .execute(arguments: [epoch, application.rowID])
    }

    /// Records that a partition of ApplicationService has sent all of its state.
    func setComplete(_ producer: Address, epoch: Int64, isRestored: Bool) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO complete_state (producer, epoch, restored_epoch) VALUES (?1, ?2, iif(?3, ?2, 0))
                ON CONFLICT (producer) DO UPDATE
                SET epoch = ?2, restored_epoch = max(restored_epoch, excluded.restored_epoch)
                """
        ).execute(arguments: [producer.name, epoch, isRestored])
    }

    func completeState(of producer: Address) throws -> CompleteState? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT epoch, restored_epoch FROM complete_state WHERE producer = ?"),
            arguments: [producer.name]
        ).map { CompleteState(epoch: $0[0], restoredEpoch: $0[1]) }
    }

    /// Applications after a row id, in the order of row ids.
    func applications(after rowID: Int64, limit: Int) throws -> [StoredApplication] {
        try Row.fetchAll(
            db.cachedStatement(sql: StoredApplication.select + " WHERE id > ? ORDER BY id LIMIT ?"),
            arguments: [rowID, limit]
        ).map(StoredApplication.init(row:))
    }
}
