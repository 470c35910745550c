package import Contracts
import GRDB
package import Logging
import Synchronization

/// Carries the outbox to the broker: in order per stream, hundreds in flight, back to the first unconfirmed on a
/// nack, a return or a reconnect. One stream's trouble never delays another. It knows no broker: whoever owns the
/// publishing connection pulls from it and tells it what became of each message.
package final class Relay: Sendable {
    private let file: LedgerFile
    private let environment: LedgerEnvironment
    private let logger: Logger
    private let progress = Mutex(RelayProgress())

    /// A message as it goes out.
    package struct Parcel: Sendable {
        package let ticket: RelayProgress.Ticket
        package let lane: LaneName
        package let epoch: Int64
        package let seq: Int64
        package let action: String
        package let exchange: String
        package let routingKey: String
        package let traceparent: String
        package let createdAt: Timestamp
        package let body: [UInt8]

        /// Unique, and the same for a republication.
        package var messageID: String { "\(lane)/\(epoch)/\(seq)" }
    }

    package init(file: LedgerFile, environment: LedgerEnvironment, logger: Logger) throws {
        self.file = file
        self.environment = environment
        self.logger = logger
        let lanes = try file.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT id, name, head, confirmed FROM stream_out").compactMap { row in
                LaneName(parsing: row["name"]).map { name in
                    RelayProgress.Lane(id: row["id"], name: name, head: row["head"], confirmed: row["confirmed"])
                }
            }
        }
        progress.withLock { progress in
            for lane in lanes { progress.add(lane) }
        }
    }

    /// New messages are committed.
    package func grown(_ streams: [GrownStream]) {
        progress.withLock { progress in
            for stream in streams { progress.grow(stream.id, name: stream.name, head: stream.head) }
        }
    }

    /// A channel is open: nothing is in flight on it.
    package func connected() {
        progress.withLock { $0.reset() }
    }

    /// The next messages to publish, at most `max`. Nothing while the file cannot be read.
    package func next(max: Int) -> [Parcel] {
        var parcels: [Parcel] = []
        let now = environment.now()
        while parcels.count < max {
            guard let stretch = progress.withLock({ $0.nextStretch(limit: max - parcels.count, now: now) }) else {
                break
            }
            do {
                let rows = try read(stretch)
                parcels += progress.withLock { $0.send(rows.map(\.seq), of: stretch) }.enumerated().map {
                    index, ticket in
                    rows[index].parcel(ticket: ticket, lane: stretch.name, epoch: file.epoch)
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
    package func settled(_ outcomes: [(ticket: RelayProgress.Ticket, confirmed: Bool)]) -> [Int64: Int64] {
        let now = environment.now()
        environment.reach(.confirmed)
        return progress.withLock { progress in
            for outcome in outcomes {
                if outcome.confirmed {
                    progress.confirm(outcome.ticket)
                } else {
                    progress.fail(outcome.ticket, now: now)
                }
            }
            return progress.takeCursors()
        }
    }

    /// When something can be published, if anything waits: in the past means now, later that a stream rests.
    package var resumesAt: Timestamp? {
        let now = environment.now()
        return progress.withLock { progress in
            progress.heed(now)
            return progress.resumesAt
        }
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

        func parcel(ticket: RelayProgress.Ticket, lane: LaneName, epoch: Int64) -> Parcel {
            Parcel(
                ticket: ticket, lane: lane, epoch: epoch, seq: seq, action: action, exchange: exchange,
                routingKey: routingKey, traceparent: traceparent, createdAt: createdAt, body: body)
        }
    }

    private func read(_ stretch: RelayProgress.Stretch) throws -> [OutboxRow] {
        try file.pool.read { db in
            let cursor = try Row.fetchCursor(
                db.cachedStatement(
                    sql: """
                        SELECT seq, action, exchange, routing_key, traceparent, created_at, body FROM outbox
                        WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq
                        """),
                arguments: [stretch.stream, stretch.first, stretch.last])
            var rows: [OutboxRow] = []
            while let row = try cursor.next() {
                rows.append(
                    OutboxRow(
                        seq: row[0], action: row[1], exchange: row[2], routingKey: row[3], traceparent: row[4],
                        createdAt: Timestamp(milliseconds: row[5]),
                        body: try row.withUnsafeData(atIndex: 6) { $0.map { Array($0) } ?? [] }))
            }
            return rows
        }
    }
}
