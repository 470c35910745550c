package import Contracts
import GRDB

/// What consumers and the broker report about the outbox streams.
extension LedgerTransaction {
    /// The epoch of the stream to a consumer; nil if there is none yet.
    package func epoch(ofStreamTo consumer: Address) -> Int64? {
        state.outboxStreams[.stream(StreamName(producer: address, consumer: consumer))]?.epoch
    }

    /// The file may be an older copy of itself. Numbers that are given from now on are not published before the
    /// consumer has said what it knows, so what it knows above these heads came from another life of the file. A value
    /// that is there already is from an earlier opening, after which the consumer has not answered.
    func markHeads() throws {
        guard !state.hasMarkedHeads else { return }
        try db.execute(sql: "UPDATE stream_out SET unverified_head = head WHERE unverified_head IS NULL")
        for index in state.outboxStreams.values.indices {
            let stream = state.outboxStreams.values[index]
            state.outboxStreams.values[index].unverifiedHead = stream.unverifiedHead ?? stream.head
        }
        state.hasMarkedHeads = true
    }

    /// The consumer has applied a stream up to `last`, so the rows may be deleted when they are old enough.
    func recordApplied(_ last: Int64, of stream: LedgerState.OutboxStream) throws {
        try db.cachedStatement(
            sql: """
                UPDATE stream_out SET applied = max(applied, ?1),
                    stopped_at = CASE WHEN ?1 >= stopped_at THEN NULL ELSE stopped_at END
                WHERE id = ?2
                """
        ).execute(arguments: [last, stream.id])
    }

    /// Whether the message with this number is in the outbox.
    func isStored(_ seq: Int64, of stream: LedgerState.OutboxStream) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM outbox WHERE stream = ? AND seq = ?)"),
            arguments: [stream.id, seq]) ?? false
    }

    /// The consumer's answer agrees with this file: the messages after `last` may be published.
    func verify(_ name: OutboxStreamName, after last: Int64, handshake: String?) throws {
        guard let stream = state.outboxStreams[name] else { return }
        try db.cachedStatement(
            sql: """
                UPDATE stream_out
                SET unverified_head = NULL, stopped_at = NULL, confirmed = max(confirmed, min(?, head))
                WHERE id = ?
                """
        ).execute(arguments: [last, stream.id])
        state.outboxStreams[name]?.unverifiedHead = nil
        state.outboxStreams[name]?.confirmed = max(stream.confirmed, last)
        verifiedStreams.append(VerifiedStream(id: stream.id, last: last, handshake: handshake))
    }

    /// Begins a new epoch of a stream: the messages above `known` are numbered from 1, those up to it are deleted,
    /// because the consumer has applied them, or other messages with their numbers.
    func renew(_ name: OutboxStreamName, epoch: Int64, above known: Int64, handshake: String?) throws {
        guard let stream = state.outboxStreams[name] else { return }
        let head = stream.head - known
        state.epoch = epoch
        state.outboxStreams[name]?.epoch = epoch
        state.outboxStreams[name]?.head = head
        state.outboxStreams[name]?.confirmed = 0
        state.outboxStreams[name]?.unverifiedHead = 0
        state.outboxStreams[name]?.renewedBy = handshake
        try db.execute(sql: "UPDATE meta SET value = ? WHERE name = 'epoch'", arguments: [String(epoch)])
        if known > 0 {
            try db.execute(sql: "DELETE FROM outbox WHERE stream = ? AND seq <= ?", arguments: [stream.id, known])
            // Through negative numbers, because the new numbers overlap the old ones.
            try db.execute(sql: "UPDATE outbox SET seq = ?2 - seq WHERE stream = ?1", arguments: [stream.id, known])
            try db.execute(sql: "UPDATE outbox SET seq = -seq WHERE stream = ?", arguments: [stream.id])
        }
        try db.execute(
            sql: """
                UPDATE stream_out SET epoch = ?, head = ?, confirmed = 0, applied = 0, stopped_at = NULL,
                    unverified_head = 0
                WHERE id = ?
                """,
            arguments: [epoch, head, stream.id])
    }

    /// A consumer lacks messages that are no longer available. Returns whether this is new.
    @discardableResult
    package func markStopped(_ request: Resend) throws -> Bool {
        try db.cachedStatement(sql: "UPDATE stream_out SET stopped_at = ?1 WHERE name = ?2 AND stopped_at IS NOT ?1")
            .execute(arguments: [request.from, request.stream.description])
        return db.changesCount > 0
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
