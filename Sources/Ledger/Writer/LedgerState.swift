import Contracts
import GRDB

/// What the writer keeps in memory of its file. A transaction works on a copy, which replaces the original after the
/// commit, so that memory and file always agree.
struct LedgerState: Sendable {
    struct OutboxStream: Sendable {
        let id: Int64
        var head: Int64
        /// All messages up to here are confirmed by the broker.
        var confirmed: Int64
        /// The routing key of the previous message: consecutive messages of a stream mostly have the same action.
        private var lastKey: (action: Action, key: String)?

        init(id: Int64, head: Int64 = 0, confirmed: Int64 = 0) {
            self.id = id
            self.head = head
            self.confirmed = confirmed
        }

        mutating func routingKey(for action: Action, to consumer: Address) -> String {
            if let lastKey, lastKey.action == action { return lastKey.key }
            let key = consumer.routingKey(for: action)
            lastKey = (action, key)
            return key
        }
    }

    var receivers: [StreamName: StreamReceiver] = [:]
    var outboxStreams: [OutboxStreamName: OutboxStream] = [:]
    /// The number of blocked streamed messages by key. Keys are ids, which compare by their bytes.
    var blockedKeys: [ID: Int] = [:]
    var counters: [CounterName: Int64] = [:]
    var hasJobs = false
    /// The job whose step ran last: the next transaction continues behind it, so that all jobs take turns.
    var lastJob: Int64 = 0
    /// Set after a failed step.
    var jobsPausedUntil: Timestamp?
    var lastMaintenance: Timestamp?
    /// How many of the messages that were queued when the consumer connected have not been received yet; nil while it
    /// is disconnected.
    var unread: Int?
    var lastInputAt: Timestamp?
    /// The handler's current limit of timers per transaction.
    var timerLimit = Int.max
    /// When the earliest timer or retry is due.
    var nextDue: Timestamp?

    func advancedStreams(since before: LedgerState) -> [AdvancedStream] {
        outboxStreams.compactMap { name, stream in
            stream.head == before.outboxStreams[name]?.head
                ? nil : AdvancedStream(id: stream.id, name: name, head: stream.head)
        }
    }
}

extension LedgerState {
    /// - Throws: `LedgerError.corrupt` for an invalid stream name.
    init(reading db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT name, epoch, last, head FROM stream_in") {
            let text: String = row["name"]
            guard let name = StreamName(parsing: text) else {
                throw LedgerError(.corrupt, "stream_in contains the invalid stream name \(text)")
            }
            receivers[name] = StreamReceiver(epoch: row["epoch"], last: row["last"], head: row["head"])
        }
        for row in try Row.fetchAll(db, sql: "SELECT id, name, head, confirmed FROM stream_out") {
            outboxStreams[try OutboxStreamName(column: row["name"])] = OutboxStream(
                id: row["id"], head: row["head"], confirmed: row["confirmed"])
        }
        for row in try Row.fetchAll(
            db, sql: "SELECT key, count(*) AS count FROM blocked WHERE stream IS NOT NULL GROUP BY key")
        {
            blockedKeys[.trusted(row["key"])] = row["count"]
        }
        for row in try Row.fetchAll(db, sql: "SELECT name, value FROM counter") {
            counters[CounterName(row["name"])] = row["value"]
        }
        hasJobs = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM work)") ?? false
        nextDue = try Self.earliestDue(db)
    }

    static func earliestDue(_ db: Database) throws -> Timestamp? {
        try Int64.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT min(due) FROM (
                        SELECT * FROM (SELECT due FROM timer ORDER BY due LIMIT 1)
                        UNION ALL SELECT * FROM (SELECT due FROM blocked ORDER BY due LIMIT 1))
                    """)
        ).map { Timestamp(milliseconds: $0) }
    }
}
