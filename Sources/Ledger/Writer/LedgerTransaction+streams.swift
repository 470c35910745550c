package import Contracts
import GRDB

/// What consumers and the broker report about the outbox streams.
extension LedgerTransaction {
    /// The consumer has applied a stream up to here, so the rows may be deleted when they are old enough. False: it
    /// has applied more than this file ever sent, so the file is an older copy of itself.
    func recordApplied(_ applied: StreamApplied) throws -> Bool {
        guard applied.epoch == file.epoch, let stream = state.outboxStreams[.stream(applied.stream)] else {
            return true
        }
        try db.cachedStatement(
            sql: """
                UPDATE stream_out SET applied = max(applied, ?1),
                    stopped_at = CASE WHEN ?1 >= stopped_at THEN NULL ELSE stopped_at END
                WHERE id = ?2
                """
        ).execute(arguments: [min(applied.last, stream.head), stream.id])
        guard applied.last > stream.head else { return true }
        try HighWaterMark.markRestored(db)
        return false
    }

    /// A consumer requested a resend of messages that are no longer available.
    package func markStopped(_ request: Resend) throws {
        try db.cachedStatement(sql: "UPDATE stream_out SET stopped_at = ? WHERE name = ?")
            .execute(arguments: [request.from, request.stream.description])
    }

    func moveCursors(_ cursors: [Int64: Int64]) throws {
        hasNewConfirms = true
        for (stream, confirmed) in cursors {
            try db.cachedStatement(sql: "UPDATE stream_out SET confirmed = max(confirmed, ?) WHERE id = ?")
                .execute(arguments: [confirmed, stream])
            guard let index = state.outboxStreams.values.firstIndex(where: { $0.id == stream }) else { continue }
            let known = state.outboxStreams.values[index].confirmed
            state.outboxStreams.values[index].confirmed = max(known, confirmed)
        }
    }
}
