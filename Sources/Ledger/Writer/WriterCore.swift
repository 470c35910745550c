import Contracts
import Foundation
import GRDB
import Logging
import Synchronization

/// The writer's work without its thread: takes a batch, makes one transaction of it, answers after the commit.
final class WriterCore {
    let file: LedgerFile
    let handler: any LedgerHandler
    let settings: LedgerSettings
    let environment: LedgerEnvironment
    let logger: Logger
    private var state: LedgerState
    /// What the handler keeps in memory of its own rows, from one transaction to the next.
    private var unitOfWork: (any UnitOfWork)?
    private var isWritable = true
    /// How far the note says that the file has got, and when that was compared.
    private var noted: (total: Int64, at: Timestamp)?

    /// Timers that may not fire are looked at again after so many seconds, or with the next input.
    private static let heldTimersPause = 1.0
    /// After so long without any input nothing more waits in the queue, whatever the broker's count said.
    private static let silence: Duration = .seconds(1)
    /// So many timers fire in one transaction at most.
    static let timerLimit = 100
    /// So many pieces of long work advance by one step each in one transaction.
    static let workLimit = 4
    /// So many messages that waited are tried in one transaction, and so many are read at a time.
    static let heldLimit = 256
    static let heldPage = 16
    private static let pauses: [Double] = [0.1, 0.2, 0.5, 1, 2, 5]

    init(
        file: LedgerFile, handler: any LedgerHandler, settings: LedgerSettings, environment: LedgerEnvironment,
        logger: Logger
    ) throws {
        self.file = file
        self.handler = handler
        self.settings = settings
        self.environment = environment
        self.logger = logger
        state = try file.pool.read { try LedgerState(reading: $0) }
    }

    func secondsUntilDue(longest: Double) -> Double {
        if settings.onlyCalls { return longest }
        if state.hasWork, state.workRestsUntil.map({ $0 <= environment.steady() }) ?? true { return 0 }
        guard let due = state.nextDue else { return longest }
        let now = environment.now()
        let wait = Double(due.milliseconds - now.milliseconds) / 1000
        return max(state.timerLimit == 0 ? Self.heldTimersPause : 0, min(longest, wait))
    }

    /// One group commit. While the file cannot be written, the batch stays in hand: nothing is acked, and it is
    /// tried again until it succeeds or the process is to stop, after which the broker delivers it again.
    /// - Parameter rest: waits so many seconds and returns the calls that have come meanwhile; nil to stop.
    func commit(_ batch: [LedgerInput], observer: any LedgerObserver, rest: (Double) -> [LedgerInput]?) {
        var batch = batch
        var attempt = 0
        while true {
            let started = ContinuousClock.now
            do {
                let outcome = try decideAndCommit(batch)
                let took = ContinuousClock.now - started
                setWritable(true, observer)
                answer(outcome, observer) {
                    CommitSummary(
                        inputs: batch.count, duration: took, advancedStreams: outcome.advanced,
                        controlMessages: outcome.controls, outcomes: outcome.counted)
                }
                noteHighWater(atLeastAfter: .seconds(1))
                return
            } catch {
                setWritable(false, observer, error: error)
                failCalls(&batch, error: error)
                guard var calls = rest(Self.pauses[min(attempt, Self.pauses.count - 1)]) else { return }
                failCalls(&calls, error: error)
                attempt += 1
            }
        }
    }

    /// Now and then, and at the end: a note that lags only makes a restored file look a little less old.
    func noteHighWater(atLeastAfter interval: Duration) {
        let now = environment.steady()
        if let noted, now - noted.at < interval { return }
        let total = state.outStreams.values.reduce(0) { $0 + $1.head }
        if total != noted?.total { file.note(total: total) }
        noted = (total, now)
    }

    /// What is to be told once the transaction is committed.
    struct Outcome {
        var settled: [(book: any AckTarget, tags: [UInt64])] = []
        var answers: [() -> Void] = []
        var afterCommit: [@Sendable () -> Void] = []
        /// How many messages of an action ended how.
        var counted: [MessageOutcome: Int] = [:]
        var controls: [ControlMessage] = []
        var advanced: [AdvancedStream] = []
        var movedCursors = false
        var isRestored = false
    }

    /// In one go where no input fails, else once more with a savepoint around each.
    private func decideAndCommit(_ batch: [LedgerInput]) throws -> Outcome {
        do {
            return try transact(batch, usesSavepoints: false)
        } catch is LedgerTransaction.RetryWithSavepoints {
            return try transact(batch, usesSavepoints: true)
        }
    }

    private func transact(_ batch: [LedgerInput], usesSavepoints: Bool) throws -> Outcome {
        var outcome = Outcome()
        var next = state
        // Gone if the transaction fails: then it may be ahead of the file.
        var unitOfWork = unitOfWork
        self.unitOfWork = nil
        try file.pool.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                let transaction = LedgerTransaction(
                    db: db, now: environment.now(), file: file, handler: handler, environment: environment,
                    state: state, unitOfWork: unitOfWork, usesSavepoints: usesSavepoints)
                for input in batch { try decide(input, in: transaction, &outcome) }
                noticeSilence(after: batch, in: transaction)
                if !settings.onlyCalls {
                    try fireTimers(in: transaction)
                    try retryHeld(in: transaction, &outcome)
                    try advanceWork(in: transaction)
                    try maintain(in: transaction)
                    askForGaps(in: transaction)
                }
                try flush(transaction, usesSavepoints: usesSavepoints)
                try transaction.flushState(before: state)
                transaction.state.nextDue = try LedgerState.earliestDue(db)
                environment.reach(.decided)
                next = transaction.state
                unitOfWork = transaction.unitOfWork
                outcome.controls = transaction.controls
                outcome.afterCommit = transaction.afterCommit
                outcome.advanced = next.advanced(since: state)
                return .commit
            }
        }
        state = next
        self.unitOfWork = unitOfWork
        return outcome
    }

    /// What the handler kept back may fail too, and then it is found out whose failure it is.
    private func flush(_ transaction: LedgerTransaction, usesSavepoints: Bool) throws {
        do {
            try handler.flush(transaction)
        } catch {
            throw LedgerError.storage(error) ?? (usesSavepoints ? error : LedgerTransaction.RetryWithSavepoints())
        }
    }

    private func answer(_ outcome: Outcome, _ observer: any LedgerObserver, summary: () -> CommitSummary) {
        if outcome.movedCursors { environment.reach(.cursorMoved) }
        if !outcome.settled.isEmpty || !outcome.answers.isEmpty { environment.reach(.committed) }
        if !outcome.settled.isEmpty {
            for (book, tags) in outcome.settled { book.settle(tags) }
            environment.reach(.acked)
        }
        if outcome.isRestored {
            logger.critical(
                "A consumer has applied more than this file has sent: it is an older copy; start again for a new epoch")
            observer.restoreDetected()
        }
        for action in outcome.afterCommit { action() }
        observer.committed(summary())
        // Last, so that who is answered finds all of it done.
        for answer in outcome.answers { answer() }
    }

    /// What concerns the batch or the file as a whole is not the failure of the input in hand.
    func rethrow(_ error: any Error) throws {
        if error is LedgerTransaction.RetryWithSavepoints { throw error }
        if let storage = LedgerError.storage(error) { throw storage }
    }

    private func setWritable(_ writable: Bool, _ observer: any LedgerObserver, error: (any Error)? = nil) {
        guard writable != isWritable else { return }
        isWritable = writable
        observer.writabilityChanged(writable)
        if writable {
            logger.notice("The file can be written again")
        } else {
            logger.error(
                "The file cannot be written: the partition pauses",
                metadata: ["error": "\(error.map { "\($0)" } ?? "")"])
        }
    }

    /// Callers get their answer now; messages wait for the next try.
    private func failCalls(_ batch: inout [LedgerInput], error: any Error) {
        let failure = LedgerError.storage(error) ?? LedgerError(.storage, "\(error)")
        batch.removeAll { input in
            guard case .call(_, let done) = input else { return false }
            done(.failure(failure))
            return true
        }
    }
}

extension WriterCore {
    // MARK: - One input

    private func decide(_ input: LedgerInput, in transaction: LedgerTransaction, _ outcome: inout Outcome) throws {
        if let ackToken = input.ackToken {
            // The channel of this delivery is gone: it comes again, and is decided then.
            guard ackToken.book.isCurrent else { return }
            environment.reach(.received)
            outcome.settle(ackToken)
            transaction.state.unread = transaction.state.unread.map { max(0, $0 - 1) }
        }
        switch input {
        case .message(let inbound, _):
            try receive(inbound, in: transaction, &outcome)
        case .forward(let inbound, let recipient, _):
            try forward(inbound, to: recipient, in: transaction, &outcome)
        case .unreadable(let delivery, let reason, _):
            try receiveUnreadable(delivery, reason: reason, in: transaction, &outcome)
        case .streamHead(let head, _):
            var gate = transaction.gate(of: head.stream)
            gate.learn(epoch: head.epoch, head: head.head, now: transaction.steady)
            transaction.keep(gate, of: head.stream)
            let answer = StreamApplied(stream: head.stream, epoch: gate.epoch, last: gate.last)
            transaction.control(.streamApplied(answer), to: head.stream.producer)
        case .streamApplied(let applied, _):
            if try !transaction.streamApplied(applied) { outcome.isRestored = true }
        case .opened(let waiting):
            transaction.state.unread = waiting
        case .lost:
            transaction.state.unread = nil
        case .confirmed(let cursors):
            try transaction.moveCursors(cursors)
            outcome.movedCursors = true
        case .call(let body, let done):
            try call(body, done, in: transaction, &outcome)
        }
    }

    private func noticeSilence(after batch: [LedgerInput], in transaction: LedgerTransaction) {
        if !batch.isEmpty {
            transaction.state.lastInputAt = transaction.steady
        } else if let last = transaction.state.lastInputAt, transaction.steady - last >= Self.silence,
            transaction.state.unread != nil
        {
            transaction.state.unread = 0
        }
    }

    private func call(
        _ body: (LedgerTransaction) throws -> Void, _ done: @escaping (Result<Void, any Error>) -> Void,
        in transaction: LedgerTransaction, _ outcome: inout Outcome
    ) throws {
        do {
            try transaction.withSavepoint(trace: nil) { try body(transaction) }
            outcome.answers.append { done(.success(())) }
        } catch {
            try rethrow(error)
            outcome.answers.append { done(.failure(error)) }
        }
    }

    private func receive(_ inbound: InboundMessage, in transaction: LedgerTransaction, _ outcome: inout Outcome) throws
    {
        let action = inbound.message.action
        switch inbound.origin {
        case .stream(let position):
            guard admit(position, action, in: transaction, &outcome) else { return }
            if transaction.state.heldKeys[.trusted(inbound.key)] != nil {
                try transaction.hold(
                    inbound.delivery, key: inbound.key, reason: "waits behind a blocked message", due: nil)
                return outcome.count(action, .held, in: transaction)
            }
        case .foreign(let digest):
            transaction.count(.accepted)
            if let digest, try !transaction.isFirst(digest) {
                return outcome.count(action, .deduplicated, in: transaction)
            }
        }
        do {
            let disposition = try apply(inbound, in: transaction)
            outcome.count(action, disposition, in: transaction)
        } catch {
            try rethrow(error)
            logger.error(
                "A message's handler failed; it waits in the file",
                metadata: ["action": "\(action.rawValue)", "error": "\(error)"])
            try transaction.hold(
                inbound.delivery, key: inbound.key, reason: "\(error)", due: transaction.now.advanced(by: .seconds(1)))
            outcome.count(action, .held, in: transaction)
        }
    }

    /// Judges a streamed message by its number, and counts one that is not to be applied.
    private func admit(
        _ position: StreamPosition, _ action: Action?, in transaction: LedgerTransaction, _ outcome: inout Outcome
    ) -> Bool {
        var gate = transaction.gate(of: position.stream)
        let verdict = gate.admit(epoch: position.epoch, seq: position.seq, now: transaction.steady)
        transaction.keep(gate, of: position.stream)
        if verdict == .gap {
            outcome.count(action, .gaps, in: transaction)
            return false
        }
        transaction.count(.accepted)
        if verdict == .duplicate { outcome.count(action, .deduplicated, in: transaction) }
        return verdict == .apply
    }

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        try transaction.withSavepoint(trace: inbound.delivery.traceparent) {
            let disposition = try handler.apply(inbound, in: transaction)
            if case .refused(let reason) = disposition { try transaction.refuse(inbound, reason: reason) }
            return disposition
        }
    }

    /// What is decided by another process goes on to its partition by the stream rules, in the order it came.
    private func forward(
        _ inbound: InboundMessage, to recipient: Address, in transaction: LedgerTransaction, _ outcome: inout Outcome
    ) throws {
        let action = inbound.message.action
        transaction.count(.accepted)
        if case .foreign(let digest?) = inbound.origin, try !transaction.isFirst(digest) {
            return outcome.count(action, .deduplicated, in: transaction)
        }
        try transaction.withSavepoint(trace: inbound.delivery.traceparent) {
            transaction.emit(inbound.message, to: recipient)
        }
        outcome.count(action, .forwarded, in: transaction)
    }

    /// A foreign one is parked. A streamed one cannot be skipped: it waits, on its own, for its key is unknown.
    private func receiveUnreadable(
        _ delivery: StoredDelivery, reason: String, in transaction: LedgerTransaction, _ outcome: inout Outcome
    ) throws {
        if let position = delivery.position, position.stream.consumer == transaction.address {
            guard admit(position, nil, in: transaction, &outcome) else { return }
            try transaction.hold(
                delivery, key: "?\(position.stream)/\(position.seq)", reason: reason,
                due: transaction.now.advanced(by: .seconds(1)))
            return outcome.count(nil, .held, in: transaction)
        }
        transaction.count(.accepted)
        // What cannot be read comes again too, after a crash between commit and ack for one.
        if let digest = InboundMessage.digest(ofUnreadable: delivery), try !transaction.isFirst(digest) {
            return outcome.count(nil, .deduplicated, in: transaction)
        }
        try transaction.park(delivery, reason: reason)
        logger.warning("A message was parked", metadata: ["reason": "\(reason)", "queue": "\(delivery.queue)"])
        outcome.count(nil, .parked, in: transaction)
    }
}

extension WriterCore.Outcome {
    mutating func settle(_ ackToken: AckToken) {
        if let last = settled.indices.last, settled[last].book === ackToken.book {
            settled[last].tags.append(ackToken.tag)
        } else {
            settled.append((ackToken.book, [ackToken.tag]))
        }
    }

    mutating func count(_ action: Action?, _ counter: CounterName, in transaction: LedgerTransaction) {
        transaction.count(counter)
        counted[MessageOutcome(action: action, counter: counter), default: 0] += 1
    }

    mutating func count(_ action: Action?, _ disposition: Disposition, in transaction: LedgerTransaction) {
        switch disposition {
        case .applied: count(action, CounterName.applied, in: transaction)
        case .refused: count(action, CounterName.refused, in: transaction)
        }
    }
}
