import GRDB
import Synchronization

/// Ends a backup that is being written, because the service stops.
package final class BackupInterruption: Sendable {
    private struct State {
        var database: DatabaseQueue?
        var isInterrupted = false
    }

    private let state = Mutex(State())

    package init() {}

    package func interrupt() {
        let database = state.withLock { state in
            state.isInterrupted = true
            return state.database
        }
        database?.interrupt()
    }

    /// Runs `body`, whose statements in `database` end with an error when they are interrupted.
    func run(_ database: DatabaseQueue, _ body: () throws -> Void) throws {
        let mayRun = state.withLock { state in
            state.database = database
            return !state.isInterrupted
        }
        defer { state.withLock { $0.database = nil } }
        guard mayRun else { throw DatabaseError(resultCode: .SQLITE_INTERRUPT) }
        try body()
    }
}
