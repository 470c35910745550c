package import Contracts
import GRDB
package import Logging
import OrderedCollections
import Synchronization

/// Relays the outbox to the broker: in order per stream, with hundreds of messages in flight, and from the first
/// unconfirmed message again after a nack, a return or a reconnect. A failing stream delays no other. It knows no
/// broker: the owner of the publishing connection pulls messages from it and reports their outcomes.
package final class OutboxRelay: Sendable {
    private let file: LedgerFile
    private let environment: LedgerEnvironment
    private let logger: Logger
    private let state: Mutex<RelayState>

    /// - Parameter limit: what may be in flight.
    package init(
        file: LedgerFile, environment: LedgerEnvironment, logger: Logger,
        limit: FlightSize = RelayState.defaultLimit
    ) throws {
        self.file = file
        self.environment = environment
        self.logger = logger
        let streams = try file.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT id, name, epoch, base, head, confirmed FROM stream_out").map { row in
                RelayState.OutboxStream(
                    id: row["id"], name: try OutboxStreamName(column: row["name"]), epoch: row["epoch"],
                    base: row["base"], head: row["head"], confirmed: row["confirmed"])
            }
        }
        var state = RelayState(
            seed: environment.random().0, limit: limit, partitions: file.partitions)
        for stream in streams { state.add(stream) }
        self.state = Mutex(state)
    }

    /// New messages are committed, new epochs have begun, or consumers have answered their heads.
    package func streamsChanged(_ commit: CommitSummary) {
        state.withLock { state in
            for stream in commit.advancedStreams { state.advance(stream) }
            for stream in commit.verifiedStreams { state.verify(stream) }
            for stream in commit.questionedStreams { state.question(stream) }
        }
    }

    /// Whether an answer is the one that a stream waits for.
    package func expects(_ answer: StreamApplied) -> Bool {
        state.withLock { $0.expects(answer) }
    }

    /// The heads to publish now, at most `max`.
    package func nextHeads(max: Int) -> [RelayState.OutboxHead] {
        let now = environment.monotonicNow()
        return state.withLock { $0.nextHeads(limit: max, now: now) }
    }

    /// A new channel is open: nothing is in flight on it.
    package func channelOpened() {
        state.withLock { $0.reset() }
    }

    /// This process may not own the partition any more, and another one may publish its streams: nothing is published
    /// before the consumers have answered again.
    /// - Returns: how far the streams may have been published until now, by their row id.
    package func suspend() -> [Int64: PublishedStream] {
        state.withLock { state in
            state.questionAll()
            return state.published
        }
    }

    /// This process owns the partition again. What consumers have answered since it lost the ownership is outdated.
    package func resume() {
        state.withLock { $0.questionAll() }
    }

    /// The next messages to publish, at most `max`. Empty while the file cannot be read.
    package func next(max: Int) -> [OutboxMessage] {
        var messages: [OutboxMessage] = []
        let now = environment.monotonicNow()
        while messages.count < max {
            guard let range = state.withLock({ $0.nextRange(limit: max - messages.count, now: now) }) else { break }
            do {
                let rows = try read(range)
                // Made once for all messages of the range.
                let stream = range.name.description
                let isStreamed = range.name.stream != nil
                let publishIDs = state.withLock { $0.send(rows.map { ($0.seq, $0.body.count) }, of: range) }
                for (row, publishID) in zip(rows, publishIDs) {
                    messages.append(
                        OutboxMessage(
                            publishID: publishID, stream: stream, isStreamed: isStreamed, epoch: range.epoch,
                            seq: row.seq, action: row.action, exchange: row.exchange, routingKey: row.routingKey,
                            traceparent: row.traceparent, createdAt: row.createdAt, digest: row.digest, body: row.body,
                            messageID: "\(stream)/\(isStreamed ? range.epoch : row.createdAt.milliseconds)/\(row.seq)"))
                }
                if rows.isEmpty {
                    logger.error(
                        "Outbox rows missing below the stream's head",
                        metadata: [LedgerLogKey.stream: "\(range.name)", LedgerLogKey.from: "\(range.first)"])
                }
            } catch {
                logger.warning("Outbox cannot be read", metadata: [LedgerLogKey.error: "\(error)"])
                state.withLock { $0.fail(range.stream, now: now) }
            }
        }
        if !messages.isEmpty { environment.hit(.relayed) }
        return messages
    }

    /// Records the outcomes of published messages; those not confirmed were nacked or returned. Returns the moved
    /// cursors, by the row id of their stream, to be committed with the next batch.
    package func settled(_ outcomes: [(publishID: RelayState.PublishID, confirmed: Bool)]) -> [Int64: StreamCursor] {
        let now = environment.monotonicNow()
        environment.hit(.confirmed)
        return state.withLock { state in
            for outcome in outcomes {
                if outcome.confirmed {
                    state.confirm(outcome.publishID)
                } else {
                    state.fail(outcome.publishID, now: now)
                }
            }
            return state.takeCursors()
        }
    }

    /// A stream that needs a new channel, and how long it has been nacked or returned on this one, or nil.
    package func takeStalled() -> (name: OutboxStreamName, failing: Duration)? {
        let now = environment.monotonicNow()
        return state.withLock { $0.takeStalled(now: now) }
    }

    /// Whether a message can be published now: a new one, or one whose backoff is over, or a head.
    package var isDue: Bool {
        let now = environment.monotonicNow()
        return state.withLock { [$0.nextDue, $0.nextHeadDue].contains { $0.map { $0 <= now } ?? false } }
    }

    /// The consumer requests a resend. If the messages are no longer available, or if it needs the state because it had
    /// applied them before, its answer to a new head shows that, and begins a new epoch.
    package func resend(_ request: Resend) {
        let epoch = state.withLock { state in
            state.streams.values.first { $0.name == .stream(request.stream) }?.epoch
        }
        // The consumer knows another epoch of the stream, or there is none: the next `stream_head` and its answer
        // bring both sides together.
        guard request.epoch == epoch else { return }
        let isAvailable: Bool
        do {
            isAvailable = try file.pool.read { db in
                try Bool.fetchOne(
                    db,
                    sql: """
                        SELECT (applied < ?2 OR NOT ?3)
                            AND EXISTS (
                                SELECT 1 FROM outbox WHERE stream = stream_out.id AND seq = stream_out.base + ?2)
                        FROM stream_out WHERE name = ?1
                        """,
                    arguments: [request.stream.description, request.from, request.stream.carriesState]) ?? false
            }
        } catch {
            // An unreadable file says nothing about the row. If it stays unreadable, the consumer asks again.
            logger.warning("Outbox cannot be read", metadata: [LedgerLogKey.error: "\(error)"])
            isAvailable = true
        }
        state.withLock { state in
            if isAvailable {
                state.rewind(request.stream, to: request.from)
            } else if let stream = state.streams.values.first(where: { $0.name == .stream(request.stream) }) {
                state.beginHandshake(stream.id)
            }
        }
    }

    /// The number of messages that the broker has not confirmed yet.
    package var depth: Int64 {
        state.withLock { $0.streams.values.reduce(0) { $0 + $1.head - $1.confirmed } }
    }

    private struct OutboxRow {
        let seq: Int64
        let action: String
        let exchange: String
        let routingKey: String
        let traceparent: String
        let createdAt: Timestamp
        let digest: [UInt8]?
        let body: [UInt8]
    }

    private func read(_ range: RelayState.OutboxRange) throws -> [OutboxRow] {
        try file.pointRead { snapshot in
            // Mostly the same as in the previous row.
            var exchange = ""
            var routingKey = ""
            return try snapshot.rows(
                """
                SELECT seq, action, exchange, routing_key, traceparent, created_at, body, digest FROM outbox
                WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq
                """,
                range.stream, range.base + range.first, range.base + range.last
            ) { row in
                exchange = row.text(2, reusing: exchange)
                routingKey = row.text(3, reusing: routingKey)
                return OutboxRow(
                    seq: row.int64(0) - range.base, action: row.text(1), exchange: exchange, routingKey: routingKey,
                    traceparent: row.text(4), createdAt: row.timestamp(5),
                    digest: row.isNull(7) ? nil : row.bytes(7), body: row.bytes(6))
            }
        }
    }
}

/// A row of the outbox, ready to be published.
package struct OutboxMessage: Sendable {
    package let publishID: RelayState.PublishID
    /// The name of the outbox stream.
    package let stream: String
    /// Whether a partition of the system consumes it: then it has stream headers.
    package let isStreamed: Bool
    package let epoch: Int64
    package let seq: Int64
    package let action: String
    package let exchange: String
    package let routingKey: String
    package let traceparent: String
    package let createdAt: Timestamp
    /// Of a message from outside that its consumer decides.
    package let digest: [UInt8]?
    package let body: [UInt8]
    /// Unique, and the same when the message is published again.
    package let messageID: String
}
