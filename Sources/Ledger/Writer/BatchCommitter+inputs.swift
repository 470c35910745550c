import Contracts
import Logging

/// How each input is processed.
extension BatchCommitter {
    func process(_ input: LedgerInput, in transaction: LedgerTransaction, _ outcome: inout BatchOutcome) throws {
        if let ackToken = input.ackToken {
            // The delivery's channel is closed: it is redelivered and processed then.
            guard ackToken.target.isCurrent else { return }
            if !input.isControl { environment.hit(.received) }
            if ackToken.isLast {
                outcome.settle(ackToken)
                transaction.state.unread = transaction.state.unread.map { max(0, $0 - 1) }
            }
        }
        switch input {
        case .message(let inbound, _):
            try receive(inbound, in: transaction, &outcome)
        case .forward(let inbound, let recipient, _):
            try forward(inbound, to: recipient, in: transaction, &outcome)
        case .unreadable(let delivery, let reason, _):
            try receiveUnreadable(delivery, reason: reason, in: transaction, &outcome)
        case .streamHead(let head, _):
            try receive(head, in: transaction, &outcome)
        case .streamApplied(let applied, let answersHead, _):
            try receive(applied, answersHead: answersHead, in: transaction)
        case .marker(let passed, _):
            outcome.answers.append(passed)
        case .consumerConnected(let queued):
            transaction.state.unread = queued
            transaction.state.reports.reportAll()
        case .consumerDisconnected(let published):
            transaction.state.unread = nil
            try transaction.markHeads(published)
        case .confirmed(let cursors):
            try transaction.moveCursors(cursors)
            outcome.movedCursors = true
        case .call(let traceparent, let body, let done):
            try call(traceparent, body, done, in: transaction, &outcome)
        }
    }

    private func call(
        _ traceparent: String?, _ body: (LedgerTransaction) throws -> Void,
        _ done: @escaping (Result<Void, any Error>) -> Void, in transaction: LedgerTransaction,
        _ outcome: inout BatchOutcome
    ) throws {
        do {
            try transaction.withSavepoint(traceparent: traceparent) { try body(transaction) }
            outcome.answers.append { done(.success(())) }
        } catch {
            try rethrow(error)
            outcome.answers.append { done(.failure(error)) }
        }
    }

    private func receive(
        _ inbound: InboundMessage, in transaction: LedgerTransaction, _ outcome: inout BatchOutcome
    ) throws {
        let action = inbound.message.action
        switch inbound.origin {
        case .stream(let position):
            guard try admit(position, action, in: transaction, &outcome),
                try isNew(inbound, in: transaction, &outcome)
            else { return }
            if transaction.isBlocked(inbound.key) {
                try transaction.block(
                    inbound.delivery, key: inbound.key, reason: "an earlier message with this key is blocked", due: nil)
                return outcome.count(action, .blocked)
            }
        case .foreign:
            outcome.accepted += 1
            guard try isNew(inbound, in: transaction, &outcome) else { return }
        }
        do {
            let disposition = try apply(inbound, in: transaction)
            outcome.count(action, disposition)
        } catch {
            try rethrow(error)
            logger.error(
                "Message handler failed; message blocked for retry",
                metadata: [LedgerLogKey.action: "\(action.rawValue)", LedgerLogKey.error: "\(error)"])
            try transaction.block(
                inbound.delivery, key: inbound.key, reason: "\(error)", due: transaction.now.advanced(by: .seconds(1)))
            outcome.count(action, .blocked)
        }
    }

    /// Records the digest of a message from outside, also of one that another partition has forwarded: this one
    /// decides it, and remembers it whichever process takes it in (contract section 4). Counts a duplicate.
    private func isNew(
        _ inbound: InboundMessage, in transaction: LedgerTransaction, _ outcome: inout BatchOutcome
    ) throws -> Bool {
        guard let digest = inbound.digest, try !transaction.insertDigest(digest) else { return true }
        outcome.count(inbound.message.action, .deduplicated)
        return false
    }

    /// Checks the number of a streamed message, and counts one that must not be applied.
    private func admit(
        _ position: StreamPosition, _ action: Action?, in transaction: LedgerTransaction,
        _ outcome: inout BatchOutcome
    ) throws -> Bool {
        let before = transaction.state.receivers[position.stream]?.epoch
        let highestEpoch = StreamReceiver.highestEpoch(at: transaction.now)
        let admission = transaction.state.receivers[position.stream, default: StreamReceiver()].admit(
            epoch: position.epoch, seq: position.seq, now: transaction.monotonicNow, highestEpoch: highestEpoch)
        switch admission {
        case .gap:
            outcome.count(action, .gaps)
        case .refused:
            // No row for a stream of which nothing was accepted yet.
            if transaction.state.receivers[position.stream]?.epoch == 0 {
                transaction.state.receivers[position.stream] = nil
            }
            refuse(epoch: position.epoch, of: position.stream, action, &outcome)
        case .duplicate:
            outcome.accepted += 1
            outcome.count(action, .deduplicated)
        case .apply:
            outcome.accepted += 1
            transaction.state.reports.record(position.stream, isPart: action?.isPartOfState == true)
        }
        try noticeRenewal(of: position.stream, since: before, in: transaction)
        return admission == .apply
    }

    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) throws -> Disposition {
        try transaction.withSavepoint(traceparent: inbound.delivery.traceparent) {
            let disposition = try handler.apply(inbound, in: transaction)
            if case .refused(let reason) = disposition { try transaction.refuse(inbound, reason: reason) }
            return disposition
        }
    }

    /// A message for another process's partition, whose queue did not take it, is sent there in a stream, in the order
    /// of arrival. Duplicates are sent too: the partition that decides them drops them.
    private func forward(
        _ inbound: InboundMessage, to recipient: Address, in transaction: LedgerTransaction,
        _ outcome: inout BatchOutcome
    ) throws {
        let action = inbound.message.action
        outcome.accepted += 1
        // An earlier version sent no digest, and remembered here what it had forwarded.
        if let digest = inbound.digest, try transaction.hasSeen(digest) {
            return outcome.count(action, .deduplicated)
        }
        try transaction.withSavepoint(traceparent: inbound.delivery.traceparent) {
            transaction.emit(inbound.message, to: recipient, digest: inbound.digest)
        }
        outcome.count(action, .forwarded)
    }

    /// A foreign message is parked. A streamed one must not be skipped, so it is blocked, under a key of its own
    /// because its key is unknown.
    private func receiveUnreadable(
        _ delivery: StoredDelivery, reason: String, in transaction: LedgerTransaction,
        _ outcome: inout BatchOutcome
    ) throws {
        if let position = delivery.position, position.stream.consumer == transaction.address {
            guard try admit(position, nil, in: transaction, &outcome) else { return }
            try transaction.block(
                delivery, key: ExactString("?\(position.stream)/\(position.seq)"), reason: reason,
                due: transaction.now.advanced(by: .seconds(1)))
            return outcome.count(nil, .blocked)
        }
        outcome.accepted += 1
        // Unreadable messages are redelivered too, for example after a crash between commit and ack.
        if let digest = InboundMessage.digest(ofUnreadable: delivery), try !transaction.insertDigest(digest) {
            return outcome.count(nil, .deduplicated)
        }
        try transaction.park(delivery, reason: reason)
        logger.warning(
            "Message parked",
            metadata: [LedgerLogKey.reason: "\(reason)", LedgerLogKey.queue: "\(delivery.queue)"])
        outcome.count(nil, .parked)
    }
}

/// What must be done once a batch is committed.
struct BatchOutcome {
    var settled: [(target: any AckTarget, tags: [UInt64])] = []
    var answers: [() -> Void] = []
    var commitHooks: [@Sendable () -> Void] = []
    /// How many messages ended how; added to the file's counters at the end of the transaction.
    var counts: [MessageOutcome: Int] = [:]
    /// Messages received, duplicates included, except those dropped because of a gap or a refused epoch.
    var accepted: Int64 = 0
    var controlMessages: [ControlMessage] = []
    var advancedStreams: [AdvancedStream] = []
    var verifiedStreams: [VerifiedStream] = []
    var questionedStreams: [Int64] = []
    var movedCursors = false

    mutating func settle(_ ackToken: AckToken) {
        if let last = settled.indices.last, settled[last].target === ackToken.target {
            settled[last].tags.append(ackToken.tag)
        } else {
            settled.append((ackToken.target, [ackToken.tag]))
        }
    }

    mutating func count(_ action: Action?, _ counter: CounterName) {
        counts[MessageOutcome(action: action, counter: counter), default: 0] += 1
    }

    mutating func count(_ action: Action?, _ disposition: Disposition) {
        switch disposition {
        case .applied: count(action, CounterName.applied)
        case .refused: count(action, CounterName.refused)
        }
    }
}
