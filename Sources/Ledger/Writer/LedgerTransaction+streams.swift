package import Contracts
import Foundation
import GRDB

/// What consumers and the broker report about the outbox streams.
extension LedgerTransaction {
    /// The epoch of the stream to a consumer; nil if there is none yet.
    package func epoch(ofStreamTo consumer: Address) -> Int64? {
        state.outboxStreams[.stream(StreamName(producer: address, consumer: consumer))]?.epoch
    }

    /// Whether the consumer of a stream has answered, since the file was opened, what it knows: otherwise messages from
    /// there may concern another life of this file.
    package func isVerified(_ consumer: Address) -> Bool {
        guard let stream = state.outboxStreams[.stream(StreamName(producer: address, consumer: consumer))] else {
            return false
        }
        return stream.unverifiedHead == nil
    }

    /// Has this partition ask a consumer what it knows, also before there is a message for it: another life of the file
    /// may have sent some.
    package func beginStream(to consumer: Address) throws {
        _ = try outboxStreamIndex(of: .stream(StreamName(producer: address, consumer: consumer)))
    }

    /// Whether the producer of this stream is sending its state.
    package func isResyncing(_ producer: Address) -> Bool {
        state.receivers[StreamName(producer: producer, consumer: address)]?.isResyncing ?? false
    }

    /// The producer has sent all of its state.
    package func finishResync(with producer: Address) {
        state.receivers[StreamName(producer: producer, consumer: address)]?.finishResync()
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

    /// Another process may own the partition for a while, with a copy of the file. What a consumer will know above what
    /// was published until now came from there.
    func markHeads(_ published: [Int64: PublishedStream]) throws {
        for index in state.outboxStreams.values.indices {
            let stream = state.outboxStreams.values[index]
            guard stream.unverifiedHead == nil, let last = published[stream.id], last.epoch == stream.epoch else {
                continue
            }
            let head = min(last.last, stream.head)
            try db.cachedStatement(sql: "UPDATE stream_out SET unverified_head = ? WHERE id = ?")
                .execute(arguments: [head, stream.id])
            state.outboxStreams.values[index].unverifiedHead = head
        }
    }

    /// The consumer has applied a stream up to `last`, so the rows may be deleted when they are old enough.
    func recordApplied(_ report: StreamApplied) throws {
        guard let stream = state.outboxStreams[.stream(report.stream)], stream.epoch == report.epoch else { return }
        state.outboxStreams[.stream(report.stream)]?.applied = max(stream.applied, report.last)
        try db.cachedStatement(sql: "UPDATE stream_out SET applied = max(applied, ?) WHERE id = ?")
            .execute(arguments: [report.last, stream.id])
    }

    /// Whether the message with this number is in the outbox.
    func isStored(_ seq: Int64, of stream: LedgerState.OutboxStream) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM outbox WHERE stream = ? AND seq = ?)"),
            arguments: [stream.id, stream.base + seq]) ?? false
    }

    /// The last number from `first` on whose message is no longer in the outbox.
    func lastMissing(from first: Int64, of stream: LedgerState.OutboxStream) throws -> Int64 {
        let stored = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT min(seq) FROM outbox WHERE stream = ? AND seq >= ?"),
            arguments: [stream.id, stream.base + first])
        return stored.map { $0 - stream.base - 1 } ?? stream.head
    }

    /// The consumer's answer agrees with this file: the messages after `last` may be published.
    func verify(_ name: OutboxStreamName, after last: Int64, handshake: String?) throws {
        guard let stream = state.outboxStreams[name] else { return }
        try db.cachedStatement(
            sql: """
                UPDATE stream_out
                SET unverified_head = NULL, confirmed = max(confirmed, min(?, head))
                WHERE id = ?
                """
        ).execute(arguments: [last, stream.id])
        state.outboxStreams[name]?.unverifiedHead = nil
        state.outboxStreams[name]?.confirmed = max(stream.confirmed, last)
        verifiedStreams.append(VerifiedStream(id: stream.id, last: last, handshake: handshake))
    }

    /// Begins a new epoch of a stream, in which the consumer is sent the state of this partition, if the stream carries
    /// it. Without a stream to the consumer nothing happens.
    /// - Parameter isRestored: whether this file is the older copy, and not the consumer's.
    package func resync(_ consumer: Address, isRestored: Bool) throws {
        let name = StreamName(producer: address, consumer: consumer)
        guard let stream = state.outboxStreams[.stream(name)] else { return }
        try renew(name, after: stream.applied, isRestored: isRestored)
    }

    /// Begins a new epoch of a stream, above all those that are known.
    /// - Parameters:
    ///   - last: what the consumer has applied of the old epoch. Later messages are kept, unless the state covers them.
    ///   - isRestored: whether this file is the older copy, and not the consumer's.
    /// - Returns: the new epoch.
    @discardableResult
    func renew(
        _ name: StreamName, after last: Int64, epochs: [Int64] = [], handshake: String? = nil, isRestored: Bool
    ) throws -> Int64 {
        guard let stream = state.outboxStreams[.stream(name)] else { return 0 }
        let known = epochs.reduce(max(state.epoch, stream.epoch), max)
        let epoch = max(now.milliseconds, known) + 1
        try renumber(
            name, epoch: epoch, after: name.stateCoversMessages ? stream.head : last, handshake: handshake)
        guard name.carriesState else { return epoch }
        if let renewed = state.outboxStreams[.stream(name)] { try supersedeStateComplete(in: renewed) }
        state.outboxStreams[.stream(name)]?.hasResync = true
        try db.execute(sql: "UPDATE stream_out SET has_resync = 1 WHERE id = ?", arguments: [stream.id])
        let key = name.consumer.description
        let unfinished = try jobs(kind: LedgerJob.resyncKind, key: key)
        let job = LedgerJob.resync(
            name.consumer, isRestored: isRestored || unfinished.contains { $0.isOfRestoredFile })
        try cancelJobs(kind: job.kind, key: job.key)
        try start(job)
        return epoch
    }

    /// Begins an epoch: the messages after `last` are numbered from 1, those up to it are no longer sent, because the
    /// consumer has applied them, or other messages with their numbers.
    func renumber(_ name: StreamName, epoch: Int64, after last: Int64, handshake: String?) throws {
        let name = OutboxStreamName.stream(name)
        guard var stream = state.outboxStreams[name] else { return }
        stream.epoch = epoch
        stream.base += last
        stream.head -= last
        stream.confirmed = 0
        stream.applied = 0
        stream.forgetParts()
        stream.unverifiedHead = 0
        stream.renewedBy = handshake
        state.epoch = epoch
        state.outboxStreams[name] = stream
        try db.execute(sql: "UPDATE meta SET value = ? WHERE name = 'epoch'", arguments: [String(epoch)])
        try db.execute(
            sql: """
                UPDATE stream_out
                SET epoch = ?, base = ?, head = ?, confirmed = 0, applied = 0, unverified_head = 0
                WHERE id = ?
                """,
            arguments: [epoch, stream.base, stream.head, stream.id])
    }

    /// The end of the state that was sent in an earlier epoch is not the end of that in the new one.
    private func supersedeStateComplete(in stream: LedgerState.OutboxStream) throws {
        try db.execute(
            sql: "UPDATE outbox SET body = ? WHERE stream = ? AND seq > ? AND action = 'state_complete'",
            arguments: [
                Data(Message.stateComplete(StateComplete(isSuperseded: true)).encoded()), stream.id, stream.base,
            ])
    }

    /// A stream may have begun a new epoch while confirms of the one before were on their way: they say nothing of it.
    func moveCursors(_ cursors: [Int64: StreamCursor]) throws {
        hasNewConfirms = true
        for (stream, cursor) in cursors {
            guard let index = state.outboxStreams.values.firstIndex(where: { $0.id == stream }),
                state.outboxStreams.values[index].epoch == cursor.epoch
            else { continue }
            try db.cachedStatement(sql: "UPDATE stream_out SET confirmed = max(confirmed, ?) WHERE id = ?")
                .execute(arguments: [cursor.confirmed, stream])
            let known = state.outboxStreams.values[index].confirmed
            state.outboxStreams.values[index].confirmed = max(known, cursor.confirmed)
        }
    }
}
