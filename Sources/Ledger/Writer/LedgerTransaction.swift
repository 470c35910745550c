package import Contracts
package import GRDB

/// The transaction of a group commit, and what handlers may do in it. Confined to the writer's thread and to the
/// duration of the transaction; therefore a class that is not Sendable.
package final class LedgerTransaction: StatementSource {
    package let db: Database
    package let statements: StatementCache
    /// The time of everything that is decided in this transaction.
    package let now: Timestamp
    /// The same moment by the monotonic clock.
    let monotonicNow: Timestamp
    package let address: Address
    package let file: LedgerFile
    let handler: any LedgerHandler
    let environment: LedgerEnvironment
    var state: LedgerState
    /// Rows that many inputs change: the handler may keep them here and write each once in `flush`. After the commit
    /// the next transaction gets the same cache. A failing input's changes to it are undone.
    package var rowCache: (any RowCache)?
    /// Whether each input has a savepoint of its own. Savepoints make SQLite copy every page that an input changes, so
    /// a batch is first tried without; only if an input fails is the batch repeated with them.
    private let usesSavepoints: Bool
    /// `RETENTION`; nil: nothing is forgotten.
    package let retention: Duration?
    private var pendingMessages: [PendingMessage] = []
    /// Hooks of the current input, which are dropped if it fails.
    private var pendingHooks: [@Sendable () -> Void] = []
    private(set) var commitHooks: [@Sendable () -> Void] = []
    private(set) var controlMessages: [ControlMessage] = []
    /// The streams whose consumers have answered.
    var verifiedStreams: [VerifiedStream] = []
    /// The row ids of the streams whose consumers must be asked again what they know.
    var questionedStreams: [Int64] = []
    /// The trace of the current input, to which the messages it emits belong. A step that does what an earlier input
    /// left to it continues the trace of that input.
    package var traceparent: String?

    /// An input failed in a batch without savepoints: the batch must be rolled back and repeated with them.
    struct RetryWithSavepoints: Error {}

    init(
        db: Database, now: Timestamp, file: LedgerFile, handler: any LedgerHandler, environment: LedgerEnvironment,
        state: LedgerState, retention: Duration?, rowCache: (any RowCache)?, usesSavepoints: Bool
    ) {
        self.rowCache = rowCache
        self.handler = handler
        self.usesSavepoints = usesSavepoints
        self.db = db
        statements = StatementCache(db)
        self.now = now
        monotonicNow = environment.monotonicNow()
        self.file = file
        address = file.address
        self.environment = environment
        self.state = state
        self.retention = retention
        self.state.advanceTime(to: monotonicNow, wall: now)
    }

    // MARK: - Ages

    /// The time served, by which the ages of rows are measured.
    package var servedNow: Timestamp { state.time.served }

    /// The later of the wall clock and the calendar: a stamp that is not too early although the wall clock is behind.
    package var latestNow: Timestamp { max(now, state.time.calendar) }

    /// The time to stamp what is over from now on: the wall clock as far as it can be believed.
    package var plausibleNow: Timestamp { state.time.plausible(now) }

    /// What has been over since before this time is forgotten; nil: nothing is. Both clocks must agree.
    package var forgetsBefore: Timestamp? {
        retention.map { min(now, state.time.calendar).advanced(by: .zero - $0) }
    }

    /// Whether something that has been over since this time is past `RETENTION` by any clock, deleted or not.
    package func isPastRetention(_ end: Timestamp) -> Bool {
        retention.map { end.advanced(by: $0) < latestNow } ?? false
    }

    // MARK: - Messages out

    /// Sends a message to another partition, exactly once: it is stored in this transaction.
    /// - Parameter digest: of a message from outside that the other partition decides.
    package func emit(_ message: Message, to consumer: Address, digest: [UInt8]? = nil) {
        pendingMessages.append(
            PendingMessage(
                stream: .stream(StreamName(producer: address, consumer: consumer)),
                exchange: message.action.exchange(to: consumer.service),
                route: .partition(consumer), action: message.action, digest: digest, body: message.encoded()))
    }

    /// Sends a message out of the system, at least once: it is stored in this transaction, and published until the
    /// broker confirms it.
    package func publish(_ message: Message, exchange: String, routingKey: String) {
        pendingMessages.append(
            PendingMessage(
                stream: .external(from: address, exchange: exchange), exchange: exchange,
                route: .routingKey(routingKey), action: message.action, digest: nil, body: message.encoded()))
    }

    /// The number of rows that steps have read or changed in this transaction so far.
    var rowsInSteps = 0

    /// The number of messages to an exchange outside the system that the broker has not confirmed yet, as far as this
    /// file knows.
    package func backlog(at exchange: String) -> Int64 {
        state.outboxStreams[.external(from: address, exchange: exchange)].map { $0.head - $0.confirmed } ?? 0
    }

    /// Whether the broker has confirmed messages since the previous transaction.
    package internal(set) var hasNewConfirms = false

    /// Sends a message of the control kind (contract section 4): outside any stream, and lost without harm.
    func send(_ message: Message, to address: Address) {
        controlMessages.append(ControlMessage(message: message, recipient: address))
    }

    // MARK: - What else a handler may do

    /// Runs `body` on the writer's thread once the transaction is committed, and never if it is not. The process may
    /// die between commit and callback: whatever must not be lost belongs in a row.
    package func afterCommit(_ body: @escaping @Sendable () -> Void) {
        pendingHooks.append(body)
    }

    /// Whether all messages have been processed that were queued when the consumer connected: a decision made earlier
    /// may be based on outdated data.
    package var isCaughtUp: Bool { state.unread == 0 }

    package func count(_ counter: CounterName, _ amount: Int64 = 1) {
        state.counters[counter, default: 0] += amount
    }

    /// 128 random bits, unique but not secret.
    package func random() -> (UInt64, UInt64) { environment.random() }

    // MARK: - What the writer does around handlers

    /// Runs `body` so that if it throws, all its changes are undone and none of its messages is sent.
    func withSavepoint<Value>(traceparent: String?, _ body: () throws -> Value) throws -> Value {
        pendingMessages.removeAll(keepingCapacity: true)
        pendingHooks.removeAll(keepingCapacity: true)
        self.traceparent = traceparent
        guard usesSavepoints else {
            do {
                let value = try body()
                try storePendingMessages()
                keepPendingHooks()
                return value
            } catch {
                throw LedgerError.storage(error) ?? RetryWithSavepoints()
            }
        }
        let stateBefore = state
        let rowCacheBefore = rowCache?.copy()
        do {
            try db.cachedStatement(sql: "SAVEPOINT input").execute()
            let value = try body()
            try storePendingMessages()
            try handler.flush(self)
            try db.cachedStatement(sql: "RELEASE input").execute()
            keepPendingHooks()
            return value
        } catch {
            // SQLite has rolled back the whole transaction: there is no savepoint to return to.
            if let storage = LedgerError.storage(error) { throw storage }
            state = stateBefore
            rowCache = rowCacheBefore
            pendingHooks.removeAll(keepingCapacity: true)
            try db.cachedStatement(sql: "ROLLBACK TO input").execute()
            try db.cachedStatement(sql: "RELEASE input").execute()
            throw error
        }
    }

    /// What was done so far is part of the transaction, and so are its hooks.
    func keepPendingHooks() {
        guard !pendingHooks.isEmpty else { return }
        commitHooks += pendingHooks
        pendingHooks.removeAll(keepingCapacity: true)
    }

    private struct PendingMessage {
        enum Route {
            /// The routing key follows from the consumer.
            case partition(Address)
            case routingKey(String)
        }

        let stream: OutboxStreamName
        let exchange: String
        let route: Route
        let action: Action
        let digest: [UInt8]?
        let body: [UInt8]
    }

    private func storePendingMessages() throws {
        guard !pendingMessages.isEmpty else { return }
        let traceparent = outgoingTraceparent()
        for message in pendingMessages {
            let index = try outboxStreamIndex(of: message.stream)
            state.outboxStreams.values[index].head += 1
            let routingKey =
                switch message.route {
                case .partition(let consumer):
                    state.outboxStreams.values[index].routingKey(for: message.action, to: consumer)
                case .routingKey(let key): key
                }
            if message.action.isPartOfState { state.outboxStreams.values[index].recordPart() }
            let stream = state.outboxStreams.values[index]
            try execute(
                """
                INSERT INTO outbox (stream, seq, action, exchange, routing_key, traceparent, created_at, body,
                    served_at, digest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                stream.id, stream.base + stream.head, message.action.rawValue, message.exchange, routingKey,
                traceparent, now, message.body, servedNow, message.digest)
        }
        pendingMessages.removeAll(keepingCapacity: true)
    }

    /// A stream begins with its first message.
    func outboxStreamIndex(
        of name: OutboxStreamName
    ) throws -> Dictionary<OutboxStreamName, LedgerState.OutboxStream>.Index {
        while true {
            if let index = state.outboxStreams.index(forKey: name) { return index }
            // The file may be an older copy, from before another life of it began this stream.
            try db.execute(
                sql: "INSERT INTO stream_out (name, epoch, unverified_head) VALUES (?, ?, 0)",
                arguments: [name.description, state.epoch])
            state.outboxStreams[name] = LedgerState.OutboxStream(
                id: db.lastInsertedRowID, epoch: state.epoch, unverifiedHead: 0)
        }
    }

    /// Messages continue the trace of their cause; a cause without a trace begins one (W3C Trace Context).
    private func outgoingTraceparent() -> String {
        let span = environment.random().0
        if let traceparent, let parent = Traceparent(traceparent) {
            return "00-\(parent.traceID)-\(Hexadecimal.digits(span))-01"
        }
        return Traceparent.beginning(environment.random(), span: span)
    }
}
