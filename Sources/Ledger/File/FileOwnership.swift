import GRDB
import Synchronization

/// Whether this process still owns the file that it has opened. It loses the file for good to a process that takes the
/// file after it, for example because the lock file was removed; and it is suspended while another process holds the
/// partition's owner queue, and may have a copy of the file (contract section 3).
package final class FileOwnership: Sendable {
    private struct State {
        var isSuspended = false
        /// Set once the file is lost.
        var loss: LedgerError?
    }

    let holder: FileHolder
    private let path: String
    private let state = Mutex(State())

    init(_ holder: FileHolder, path: String) {
        self.holder = holder
        self.path = path
    }

    /// Another process holds the partition's owner queue: nothing is committed or read until ``resume()``.
    package func suspend() { state.withLock { $0.isSuspended = true } }

    package func resume() { state.withLock { $0.isSuspended = false } }

    /// Nil while this process owns the file.
    package var problem: LedgerError? {
        state.withLock { state in
            if let loss = state.loss { return loss }
            guard state.isSuspended else { return nil }
            return LedgerError(.notOwned, "another process holds the partition's owner queue")
        }
    }

    /// Call it first in each transaction.
    /// - Throws: `LedgerError`: `.superseded` if another process has taken the file; `.notOwned` while suspended.
    func check(in source: some StatementSource) throws {
        if let problem { throw problem }
        let token = holder.token
        let isHeld = try source.row("SELECT token FROM holder WHERE id = 1") { $0.text(0, equals: token) }
        guard isHeld != true else { return }
        let other = try Self.holder(source.db)
        let loss = LedgerError(
            .superseded, "\(path) was taken by another process\(other.map { " (\($0))" } ?? ""); this one stops")
        state.withLock { $0.loss = $0.loss ?? loss }
        throw loss
    }

    /// Nil if the last holder has closed the file.
    static func holder(_ db: Database) throws -> FileHolder? {
        try Row.fetchOne(db, sql: "SELECT token, host, process FROM holder WHERE id = 1").map {
            FileHolder(token: $0[0], host: $0[1], process: $0[2])
        }
    }

    /// Makes this process the holder of the file: whichever other process has it open notices in its next transaction.
    func take(_ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO holder (id, token, host, process) VALUES (1, ?, ?, ?)",
            arguments: [holder.token, holder.host, holder.process])
    }

    /// The file is about to be closed.
    /// - Returns: whether this process was still its holder.
    func release(_ db: Database) throws -> Bool {
        try db.execute(sql: "DELETE FROM holder WHERE id = 1 AND token = ?", arguments: [holder.token])
        return db.changesCount > 0
    }
}
