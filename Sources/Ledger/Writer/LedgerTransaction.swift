package import Contracts
package import GRDB

/// A group commit under way: what handlers may do in it. Confined to the writer's thread and to the transaction's
/// time; hence a class that is not Sendable.
package final class LedgerTransaction: StatementSource {
    package let db: Database
    /// One time for everything that is decided in this transaction.
    package let now: Timestamp
    /// The same moment by the clock that nobody sets.
    let steady: Timestamp
    package let address: Address
    let file: LedgerFile
    private let handler: any LedgerHandler
    let environment: LedgerEnvironment
    var state: LedgerState
    /// Rows that many inputs touch: the handler may keep them here, and write each once in `flush`; what it kept when
    /// the transaction commits, the next finds. An input that fails takes its changes back from here too.
    package var unitOfWork: (any UnitOfWork)?
    /// Whether each input has a savepoint of its own. Savepoints make SQLite keep a copy of every page that an input
    /// touches, so a batch is first tried without: only when an input fails is it done again with them.
    private let usesSavepoints: Bool
    private var emissions: [Emission] = []
    /// What waits for the input in hand to succeed, and what for the commit.
    private var promised: [@Sendable () -> Void] = []
    private(set) var afterCommit: [@Sendable () -> Void] = []
    private var statements: [UnsafePointer<UInt8>: RawStatement] = [:]
    private(set) var controls: [ControlMessage] = []
    /// The trace that messages emitted now belong to.
    private var trace: String?

    /// How a message finds its way at the exchange.
    private enum Key {
        case of(Address)
        case given(String)
    }

    private struct Emission {
        let lane: OutboxStreamName
        let exchange: String
        let key: Key
        let action: Action
        let body: [UInt8]
    }

    init(
        db: Database, now: Timestamp, file: LedgerFile, handler: any LedgerHandler, environment: LedgerEnvironment,
        state: LedgerState, unitOfWork: (any UnitOfWork)?, usesSavepoints: Bool
    ) {
        self.unitOfWork = unitOfWork
        self.handler = handler
        self.usesSavepoints = usesSavepoints
        self.db = db
        self.now = now
        steady = environment.steady()
        self.file = file
        address = file.address
        self.environment = environment
        self.state = state
    }

    // MARK: - What a handler may do

    /// The statement with this text. The address of the literal stands for its text, which would take longer to hash
    /// than many a statement to run.
    package func statement(_ sql: StaticString) throws -> RawStatement {
        if let known = statements[sql.utf8Start] { return known }
        let statement = RawStatement(try db.cachedStatement(sql: sql.description))
        statements[sql.utf8Start] = statement
        return statement
    }

    /// Sends a message to another partition, exactly once: it is stored now, in the transaction that causes it.
    package func emit(_ message: Message, to consumer: Address) {
        emissions.append(
            Emission(
                lane: .stream(StreamName(producer: address, consumer: consumer)),
                exchange: message.action.exchange(to: consumer.service),
                key: .of(consumer), action: message.action, body: message.encoded()))
    }

    /// Sends a message out of the system, at least once: it is stored now, and goes out until the broker has it.
    package func publish(_ message: Message, exchange: String, routingKey: String) {
        emissions.append(
            Emission(
                lane: .world(from: address, exchange: exchange), exchange: exchange, key: .given(routingKey),
                action: message.action, body: message.encoded()))
    }

    /// Runs `body` on the writer's thread once the transaction is committed; never if it is not. What must not be
    /// missed belongs into a row: a process may end between the two.
    package func afterCommit(_ body: @escaping @Sendable () -> Void) {
        promised.append(body)
    }

    /// Whether all has been read that was said while nobody listened: what is decided without it may be outdated.
    package var isCaughtUp: Bool { state.unread == 0 }

    /// Whether the broker has taken something since the transaction before.
    package internal(set) var hasMovedCursors = false

    /// How many messages the transaction has sent so far.
    package private(set) var emitted = 0

    /// How much of what goes out through an exchange the broker does not have yet, as far as this file knows.
    package func backlog(at exchange: String) -> Int64 {
        state.outStreams[.world(from: address, exchange: exchange)].map { $0.head - $0.confirmed } ?? 0
    }

    /// Sets or moves a timer.
    package func schedule(_ timer: LedgerTimer) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO timer (kind, key, due) VALUES (?, ?, ?)
                ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due
                """
        ).execute(arguments: [timer.kind, timer.key, timer.due.milliseconds])
    }

    package func cancelTimer(kind: String, key: String) throws {
        try db.cachedStatement(sql: "DELETE FROM timer WHERE kind = ? AND key = ?").execute(arguments: [kind, key])
    }

    package func start(_ work: LedgerJob) throws {
        try db.cachedStatement(sql: "INSERT INTO work (kind, key, cursor, detail) VALUES (?, ?, ?, ?)")
            .execute(arguments: [work.kind, work.key, work.cursor, work.detail])
        state.hasWork = true
    }

    /// The work of this kind and key that is under way, oldest first.
    package func work(kind: String, key: String) throws -> [LedgerJob] {
        guard state.hasWork else { return [] }
        return try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT id, kind, key, cursor, detail FROM work WHERE kind = ? AND key = ? ORDER BY id"),
            arguments: [kind, key]
        ).map(LedgerJob.init(row:))
    }

    package func stopWork(kind: String, key: String) throws {
        guard state.hasWork else { return }
        try db.cachedStatement(sql: "DELETE FROM work WHERE kind = ? AND key = ?").execute(arguments: [kind, key])
    }

    package func count(_ counter: CounterName, _ amount: Int64 = 1) {
        state.counters[counter] += amount
    }

    /// 128 random bits, unique but not secret.
    package func random() -> (UInt64, UInt64) { environment.random() }

    // MARK: - What the writer does around handlers

    /// Runs `body` so that what it throws leaves no trace of it, and nothing of it is sent.
    func withSavepoint<Value>(trace: String?, _ body: () throws -> Value) throws -> Value {
        emissions.removeAll(keepingCapacity: true)
        promised.removeAll(keepingCapacity: true)
        self.trace = trace
        guard usesSavepoints else {
            do {
                let value = try body()
                try flushEmissions()
                keepPromises()
                return value
            } catch {
                throw LedgerError.storage(error) ?? RetryWithSavepoints()
            }
        }
        let before = state
        let draftBefore = unitOfWork?.copy()
        do {
            try db.cachedStatement(sql: "SAVEPOINT input").execute()
            let value = try body()
            try flushEmissions()
            try handler.flush(self)
            try db.cachedStatement(sql: "RELEASE input").execute()
            keepPromises()
            return value
        } catch {
            // SQLite has rolled back the whole by itself: there is no savepoint to return to.
            if let storage = LedgerError.storage(error) { throw storage }
            state = before
            unitOfWork = draftBefore
            try db.cachedStatement(sql: "ROLLBACK TO input").execute()
            try db.cachedStatement(sql: "RELEASE input").execute()
            throw error
        }
    }

    private func keepPromises() {
        guard !promised.isEmpty else { return }
        afterCommit += promised
        promised.removeAll(keepingCapacity: true)
    }

    /// An input failed in a batch without savepoints: the batch is to be rolled back and done again with them.
    struct RetryWithSavepoints: Error {}

    private func flushEmissions() throws {
        guard !emissions.isEmpty else { return }
        let trace = traceparent()
        let insert = try statement(
            """
            INSERT INTO outbox (stream, seq, action, exchange, routing_key, traceparent, created_at, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        emitted += emissions.count
        for emission in emissions {
            let place = try place(of: emission.lane)
            state.outStreams.values[place].head += 1
            let routingKey =
                switch emission.key {
                case .of(let consumer):
                    state.outStreams.values[place].routingKey(for: emission.action, to: consumer)
                case .given(let key): key
                }
            try insert.bind(1, state.outStreams.values[place].id)
            try insert.bind(2, state.outStreams.values[place].head)
            try insert.bind(3, emission.action.rawValue)
            try insert.bind(4, emission.exchange)
            try insert.bind(5, routingKey)
            try insert.bind(6, trace)
            try insert.bind(7, now.milliseconds)
            try insert.bind(8, emission.body)
            try insert.run()
        }
        emissions.removeAll(keepingCapacity: true)
    }

    /// Where the lane stands in `outStreams`, begun with its first message.
    private func place(of name: OutboxStreamName) throws -> Dictionary<OutboxStreamName, LedgerState.OutStream>.Index {
        while true {
            if let place = state.outStreams.index(forKey: name) { return place }
            try db.execute(sql: "INSERT INTO stream_out (name) VALUES (?)", arguments: [name.description])
            state.outStreams[name] = LedgerState.OutStream(id: db.lastInsertedRowID)
        }
    }

    /// A message keeps the trace it was caused in; a cause without one begins one (W3C Trace Context).
    private func traceparent() -> String {
        let span = environment.random().0
        if let trace, let parent = Traceparent(trace) { return "00-\(parent.traceID)-\(Hexadecimal.digits(span))-01" }
        return Traceparent.beginning(environment.random(), span: span)
    }

    func gate(of stream: StreamName) -> StreamReceiver {
        state.gates[stream] ?? StreamReceiver()
    }

    func keep(_ gate: StreamReceiver, of stream: StreamName) {
        state.gates[stream] = gate
    }

    /// A message of contract section 4's control kind: outside any stream, lost without harm.
    func control(_ message: Message, to address: Address) {
        controls.append(ControlMessage(message: message, recipient: address))
    }

    /// Writes what changed in memory beside the rows: once per commit, however many messages it holds.
    func flushState(before: LedgerState) throws {
        for (name, gate) in state.gates where gate != before.gates[name] {
            try db.cachedStatement(
                sql: """
                    INSERT INTO stream_in (name, epoch, last, head) VALUES (?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, last = excluded.last,
                        head = excluded.head
                    """
            ).execute(arguments: [name.description, gate.epoch, gate.last, gate.head])
        }
        for stream in state.advanced(since: before) {
            try db.cachedStatement(sql: "UPDATE stream_out SET head = ? WHERE id = ?")
                .execute(arguments: [stream.head, stream.id])
        }
        for counter in CounterName.allCases where state.counters[counter] != before.counters[counter] {
            try db.cachedStatement(
                sql: """
                    INSERT INTO counter (name, value) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """
            ).execute(arguments: [counter.name, state.counters[counter]])
        }
    }
}

/// A control message and the partition queue it goes to.
package struct ControlMessage: Sendable, Hashable {
    package let message: Message
    package let recipient: Address

    package init(message: Message, recipient: Address) {
        self.message = message
        self.recipient = recipient
    }
}
