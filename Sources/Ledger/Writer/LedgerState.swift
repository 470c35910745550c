import Contracts
import GRDB

/// What the writer keeps in memory of its file. A transaction works on a copy, which replaces the original after the
/// commit, so that memory and file always agree.
struct LedgerState: Sendable {
    struct OutboxStream: Sendable {
        let id: Int64
        var epoch: Int64
        /// What is added to a message's number to get `outbox.seq`; all other numbers here count from 1 in each epoch.
        var base: Int64
        var head: Int64
        /// All messages up to here are confirmed by the broker.
        var confirmed: Int64
        /// What the consumer has reported to have applied, in this epoch.
        var applied: Int64
        /// The numbers of the last parts of the state, as many as may be on their way.
        private var parts: [Int64] = []
        /// Numbers above it cannot have been published yet; nil once the consumer has answered.
        var unverifiedHead: Int64?
        /// Whether the state of this partition is being sent, or was sent, in this epoch.
        var hasResync: Bool
        /// The handshake whose answer began the current epoch: a second answer to it is outdated.
        var renewedBy: String?
        /// The routing key of the previous message: consecutive messages of a stream mostly have the same action.
        private var lastKey: (action: Action, key: String)?

        init(
            id: Int64, epoch: Int64, base: Int64 = 0, head: Int64 = 0, confirmed: Int64 = 0, applied: Int64 = 0,
            unverifiedHead: Int64?, hasResync: Bool = false
        ) {
            self.id = id
            self.epoch = epoch
            self.base = base
            self.head = head
            self.confirmed = confirmed
            self.applied = applied
            self.unverifiedHead = unverifiedHead
            self.hasResync = hasResync
        }

        /// How many parts of the state may be sent that the consumer has not applied. Each is up to
        /// ``LedgerTransaction/stepRows`` rows: what others send the consumer waits behind them.
        private static let partLimit = 4

        /// The last message is a part of the state.
        mutating func recordPart() {
            parts = parts.suffix(Self.partLimit - 1) + [head]
        }

        /// The stream begins a new epoch.
        mutating func forgetParts() {
            parts = []
        }

        /// Whether the consumer has applied enough of the state to be sent another part.
        var hasRoomForPart: Bool { parts.count < Self.partLimit || parts[0] <= applied }

        mutating func routingKey(for action: Action, to consumer: Address) -> String {
            if let lastKey, lastKey.action == action { return lastKey.key }
            let key = consumer.routingKey(for: action)
            lastKey = (action, key)
            return key
        }
    }

    /// The file's epoch, which new streams take.
    var epoch: Int64 = 0
    var receivers: [StreamName: StreamReceiver] = [:]
    var outboxStreams: [OutboxStreamName: OutboxStream] = [:]
    /// What was reported to producers without being asked, and when by the monotonic clock.
    var reports = AppliedReports()
    /// Whether the streams have an ``OutboxStream/unverifiedHead`` of this opening.
    var hasMarkedHeads = false
    /// The number of blocked streamed messages by key.
    var blockedKeys: [ExactString: Int] = [:]
    var counters: [CounterName: Int64] = [:]
    var hasJobs = false
    /// The job whose step ran last: the next transaction continues behind it, so that all jobs take turns.
    var lastJob: Int64 = 0
    /// Set after a failed step.
    var jobsPausedUntil: Timestamp?
    /// Set after a step whose messages leave first.
    var stepHold: StepHold?
    var lastMaintenance: Timestamp?
    /// How many of the messages that were queued when the consumer connected have not been received yet; nil while it
    /// is disconnected.
    var unread: Int?
    var lastInputAt: Timestamp?
    /// The handler holds back the timers that are due.
    var holdsBackTimers = false
    /// The time of the last transaction; nil at the start.
    var lastTransactionAt: Timestamp?
    /// When the earliest timer or retry is due.
    var nextDue: Timestamp?
    var time: FileTime
    /// The monotonic clock when `time` was advanced last; nil at the start.
    var timeAdvancedAt: Timestamp?

    mutating func advanceTime(to monotonicNow: Timestamp, wall: Timestamp) {
        time.advance(by: timeAdvancedAt.map { monotonicNow - $0 } ?? .zero, wall: wall)
        timeAdvancedAt = monotonicNow
    }
}

extension LedgerState {
    /// - Throws: `LedgerError.corrupt` for an invalid stream name.
    init(reading db: Database) throws {
        self.init(time: try FileTime.read(db))
        for row in try Row.fetchAll(db, sql: "SELECT name, epoch, last, head, is_resyncing FROM stream_in") {
            let text: String = row["name"]
            guard let name = StreamName(parsing: text) else {
                throw LedgerError(.corrupt, "stream_in contains the invalid stream name \(text)")
            }
            receivers[name] = StreamReceiver(
                epoch: row["epoch"], last: row["last"], head: row["head"], isResyncing: row["is_resyncing"])
        }
        epoch = try Int64.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'epoch'") ?? 0
        for row in try Row.fetchAll(
            db,
            sql: """
                SELECT id, name, epoch, base, head, confirmed, applied, unverified_head, has_resync FROM stream_out
                """)
        {
            outboxStreams[try OutboxStreamName(column: row["name"])] = OutboxStream(
                id: row["id"], epoch: row["epoch"], base: row["base"], head: row["head"],
                confirmed: row["confirmed"], applied: row["applied"], unverifiedHead: row["unverified_head"],
                hasResync: row["has_resync"])
        }
        for row in try Row.fetchAll(
            db, sql: "SELECT key, count(*) AS count FROM blocked WHERE stream IS NOT NULL GROUP BY key")
        {
            blockedKeys[ExactString(row["key"])] = row["count"]
        }
        for row in try Row.fetchAll(db, sql: "SELECT name, value FROM counter") {
            counters[CounterName(row["name"])] = row["value"]
        }
        hasJobs = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM work)") ?? false
        try readNextDue(db)
    }

    /// Writes the changed streams and counters, once per commit, however many messages it contains, and reads when the
    /// next row is due. Returns the streams that have new messages or a new epoch.
    mutating func flush(since before: LedgerState, to db: Database) throws -> [AdvancedStream] {
        for (name, receiver) in receivers where receiver != before.receivers[name] {
            try db.cachedStatement(
                sql: """
                    INSERT INTO stream_in (name, epoch, last, head, is_resyncing) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, last = excluded.last,
                        head = excluded.head, is_resyncing = excluded.is_resyncing
                    """
            ).execute(arguments: [
                name.description, receiver.epoch, receiver.last, receiver.head, receiver.isResyncing,
            ])
        }
        var advancedStreams: [AdvancedStream] = []
        for (name, stream) in outboxStreams {
            let known = before.outboxStreams[name]
            if stream.head == known?.head, stream.epoch == known?.epoch { continue }
            try db.cachedStatement(sql: "UPDATE stream_out SET head = ? WHERE id = ?")
                .execute(arguments: [stream.head, stream.id])
            advancedStreams.append(
                AdvancedStream(id: stream.id, name: name, epoch: stream.epoch, base: stream.base, head: stream.head))
        }
        for (counter, value) in counters where value != before.counters[counter, default: 0] {
            try db.cachedStatement(
                sql: """
                    INSERT INTO counter (name, value) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """
            ).execute(arguments: [counter.name, value])
        }
        try readNextDue(db)
        return advancedStreams
    }

    private mutating func readNextDue(_ db: Database) throws {
        nextDue = try Int64.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT min(due) FROM (
                        SELECT * FROM (SELECT due FROM timer ORDER BY due LIMIT 1)
                        UNION ALL SELECT * FROM (SELECT due FROM blocked ORDER BY due LIMIT 1))
                    """)
        ).map { Timestamp(milliseconds: $0) }
    }
}
