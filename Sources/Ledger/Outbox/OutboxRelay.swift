package import Contracts
import GRDB
package import Logging
import Synchronization

/// Carries the outbox to the broker: in order per stream, hundreds in flight, back to the first unconfirmed on a
/// nack, a return or a reconnect. One stream's trouble never delays another. It knows no broker: whoever owns the
/// publishing connection pulls from it and tells it what became of each message.
package final class OutboxRelay: Sendable {
    private let file: LedgerFile
    private let environment: LedgerEnvironment
    private let logger: Logger
    private let progress = Mutex(RelayState())

    /// A message as it goes out.
    package struct OutboxMessage: Sendable {
        package let publishID: RelayState.PublishID
        /// The name of the stream or of the way out.
        package let lane: String
        /// Whether a consumer of the system counts it.
        package let isStreamed: Bool
        package let epoch: Int64
        package let seq: Int64
        package let action: String
        package let exchange: String
        package let routingKey: String
        package let traceparent: String
        package let createdAt: Timestamp
        package let body: [UInt8]
        /// Unique, and the same for a republication.
        package let messageID: String
    }

    package init(file: LedgerFile, environment: LedgerEnvironment, logger: Logger) throws {
        self.file = file
        self.environment = environment
        self.logger = logger
        let lanes = try file.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT id, name, head, confirmed FROM stream_out").compactMap { row in
                OutboxStreamName(parsing: row["name"]).map { name in
                    RelayState.OutboxStream(id: row["id"], name: name, head: row["head"], confirmed: row["confirmed"])
                }
            }
        }
        progress.withLock { progress in
            for lane in lanes { progress.add(lane) }
        }
    }

    /// New messages are committed.
    package func advanced(_ streams: [AdvancedStream]) {
        progress.withLock { progress in
            for stream in streams { progress.grow(stream.id, name: stream.name, head: stream.head) }
        }
    }

    /// A channel is open: nothing is in flight on it.
    package func connected() {
        progress.withLock { $0.reset() }
    }

    /// The next messages to publish, at most `max`. Nothing while the file cannot be read.
    package func next(max: Int) -> [OutboxMessage] {
        var parcels: [OutboxMessage] = []
        let now = environment.steady()
        while parcels.count < max {
            guard let stretch = progress.withLock({ $0.nextRange(limit: max - parcels.count, now: now) }) else {
                break
            }
            do {
                let rows = try read(stretch)
                // What all messages of the lane share is written once for many.
                let lane = stretch.name.description
                let isStreamed = stretch.name.stream != nil
                let origin = "\(lane)/\(file.epoch)/"
                let publishIDs = progress.withLock { $0.send(rows.map(\.seq), of: stretch) }
                for (row, publishID) in zip(rows, publishIDs) {
                    parcels.append(
                        OutboxMessage(
                            publishID: publishID, lane: lane, isStreamed: isStreamed, epoch: file.epoch, seq: row.seq,
                            action: row.action, exchange: row.exchange, routingKey: row.routingKey,
                            traceparent: row.traceparent, createdAt: row.createdAt, body: row.body,
                            messageID: origin + String(row.seq)))
                }
                if rows.isEmpty {
                    logger.error(
                        "The outbox lacks messages that its head promises",
                        metadata: ["stream": "\(stretch.name)", "from": "\(stretch.first)"])
                }
            } catch {
                logger.warning("The outbox cannot be read now", metadata: ["error": "\(error)"])
                progress.withLock { $0.fail(stretch.stream, now: now) }
            }
        }
        if !parcels.isEmpty { environment.reach(.relayed) }
        return parcels
    }

    /// What became of published messages; not confirmed is nacked or returned. Returns the cursors that moved, by
    /// the row id of their stream, to be committed with the next batch.
    package func settled(_ outcomes: [(publishID: RelayState.PublishID, confirmed: Bool)]) -> [Int64: Int64] {
        let now = environment.steady()
        environment.reach(.confirmed)
        return progress.withLock { progress in
            for outcome in outcomes {
                if outcome.confirmed {
                    progress.confirm(outcome.publishID)
                } else {
                    progress.fail(outcome.publishID, now: now)
                }
            }
            return progress.takeCursors()
        }
    }

    /// Whether something waits that may be published now: new, or rested after a nack.
    package var isDue: Bool {
        let now = environment.steady()
        return progress.withLock { $0.resumesAt.map { $0 <= now } ?? false }
    }

    /// The consumer asks for a stream again. False: it cannot be served any more, and stops there.
    package func resend(_ request: Resend) -> Bool {
        guard request.epoch == file.epoch else {
            // It has heard of an older file of ours, or of none: the head tells it the epoch.
            return request.epoch < file.epoch
        }
        let isThere = try? file.pool.read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM outbox
                        WHERE stream = (SELECT id FROM stream_out WHERE name = ?) AND seq = ?)
                    """,
                arguments: [request.stream.description, request.from]) ?? false
        }
        // An unreadable file says nothing about the row: the consumer asks again.
        guard isThere ?? true else { return false }
        progress.withLock { $0.rewind(request.stream, to: request.from) }
        return true
    }

    /// How far the broker has each stream, for `stream_head`: what was not published yet is no loss.
    package var heads: [StreamHead] {
        progress.withLock { progress in
            progress.lanes.values.compactMap { lane in
                lane.name.stream.map { StreamHead(stream: $0, epoch: file.epoch, head: lane.confirmed) }
            }
        }
    }

    /// Messages that the broker has not confirmed yet.
    package var depth: Int64 {
        progress.withLock { $0.lanes.values.reduce(0) { $0 + $1.head - $1.confirmed } }
    }

    private struct OutboxRow {
        let seq: Int64
        let action: String
        let exchange: String
        let routingKey: String
        let traceparent: String
        let createdAt: Timestamp
        let body: [UInt8]
    }

    private func read(_ stretch: RelayState.OutboxRange) throws -> [OutboxRow] {
        try file.pointRead { snapshot in
            let select = try snapshot.statement(
                """
                SELECT seq, action, exchange, routing_key, traceparent, created_at, body FROM outbox
                WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq
                """)
            try select.bind(1, stretch.stream)
            try select.bind(2, stretch.first)
            try select.bind(3, stretch.last)
            var rows: [OutboxRow] = []
            // Mostly the same as of the row before.
            var exchange = ""
            var routingKey = ""
            try select.forEachRow { row in
                exchange = row.text(2, unless: exchange)
                routingKey = row.text(3, unless: routingKey)
                rows.append(
                    OutboxRow(
                        seq: row.int64(0), action: row.text(1), exchange: exchange, routingKey: routingKey,
                        traceparent: row.text(4), createdAt: row.timestamp(5), body: row.bytes(6)))
            }
            return rows
        }
    }
}
