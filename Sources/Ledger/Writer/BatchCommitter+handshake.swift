import Contracts
import Logging

/// The handshake of contract section 4, on both sides.
extension BatchCommitter {
    /// A producer reports its stream's head; it is answered with what this file has applied.
    func receive(_ head: StreamHead, in transaction: LedgerTransaction, _ outcome: inout BatchOutcome) throws {
        guard accepts(head, in: transaction) else { return }
        let before = transaction.state.receivers[head.stream]?.epoch
        var receiver = transaction.state.receivers[head.stream] ?? StreamReceiver()
        let isAccepted = receiver.recordHead(
            head.head, epoch: head.epoch, now: transaction.monotonicNow,
            highestEpoch: StreamReceiver.highestEpoch(at: transaction.now))
        if isAccepted {
            transaction.state.receivers[head.stream] = receiver
            refusedEpochs.accept(head.stream)
        } else {
            refuse(epoch: head.epoch, of: head.stream, .streamHead, &outcome)
        }
        let applied = StreamApplied(
            stream: head.stream, epoch: receiver.epoch, last: receiver.last, handshake: head.handshake,
            resync: receiver.isResyncing && head.stream.carriesState ? true : nil)
        transaction.send(.streamApplied(applied), to: head.stream.producer)
        transaction.state.reports.repeatReport(of: head.stream)
        try noticeRenewal(of: head.stream, since: before, in: transaction)
    }

    /// Tells the handler if a stream that was known before has begun a new epoch.
    /// - Parameter epoch: the epoch before; nil if the stream was not known.
    func noticeRenewal(of stream: StreamName, since epoch: Int64?, in transaction: LedgerTransaction) throws {
        guard let epoch, epoch > 0, let current = transaction.state.receivers[stream]?.epoch, current > epoch else {
            return
        }
        if !stream.carriesState { transaction.finishResync(with: stream.producer) }
        try tell(stream, in: transaction) { try $0.producerRenewed(stream.producer, in: $1) }
    }

    /// Counts what is dropped because its epoch is too far ahead of the clock.
    func refuse(epoch: Int64, of stream: StreamName, _ action: Action?, _ outcome: inout BatchOutcome) {
        outcome.count(action, .refusedEpochs)
        logRefused(epoch, of: stream, "Stream's epoch refused: it is more than a day ahead of the clock")
    }

    /// A consumer reports what it has applied.
    /// - Parameter answersHead: whether it answers the head that was sent on this channel. Only that shows what the
    ///   consumer knows, because the head waited in its queue behind everything that was sent before.
    func receive(_ applied: StreamApplied, answersHead: Bool, in transaction: LedgerTransaction) throws {
        guard let stream = transaction.state.outboxStreams[.stream(applied.stream)] else { return }
        if applied.epoch == stream.epoch, applied.last <= stream.unverifiedHead ?? stream.head {
            if answersHead {
                try verify(stream, applied, in: transaction)
            } else if applied.stream.carriesState, applied.last < stream.applied {
                // Its file is an older copy; the answer to a head shows what came before and what after.
                transaction.questionedStreams.append(stream.id)
            }
            // An answer says what was applied; only a report says what cannot be lost any more.
            if applied.isReport || !applied.stream.carriesState { try transaction.recordApplied(applied) }
            return
        }
        // A consumer that knows more, or a later epoch, knows another life of this file.
        guard answersHead else {
            if applied.epoch >= stream.epoch { transaction.questionedStreams.append(stream.id) }
            return
        }
        guard applied.handshake == nil || applied.handshake != stream.renewedBy else { return }
        if applied.epoch >= stream.epoch {
            try renewRestored(stream, applied, in: transaction)
        } else {
            try lowerEpoch(of: stream, applied, in: transaction)
        }
    }

    private func verify(
        _ stream: LedgerState.OutboxStream, _ applied: StreamApplied, in transaction: LedgerTransaction
    ) throws {
        let known = stream.applied
        if applied.stream.carriesState, applied.last < known {
            // Messages that it had applied would be told to people again.
            return try resync(
                "The consumer's file is an older copy, or a new one: it is sent the state of this partition",
                after: known, applied, isRestored: false, in: transaction)
        }
        if applied.resync == true, !stream.hasResync {
            return try resync(
                "The consumer has state of an earlier epoch: it is sent the state of this partition",
                after: applied.last, applied, isRestored: true, in: transaction)
        }
        let next = applied.last + 1
        if next <= stream.head, try !transaction.isStored(next, of: stream) {
            return try resync(
                "The consumer lacks messages that are no longer in the outbox",
                after: transaction.lastMissing(from: next, of: stream), applied, isRestored: false, in: transaction)
        }
        refusedEpochs.accept(applied.stream)
        let wasVerified = stream.unverifiedHead == nil
        try transaction.verify(.stream(applied.stream), after: applied.last, handshake: applied.handshake)
        guard !wasVerified else { return }
        try tell(applied.stream, in: transaction) { try $0.consumerVerified(applied.stream.consumer, in: $1) }
    }

    private func tell(
        _ stream: StreamName, in transaction: LedgerTransaction,
        _ call: (any LedgerHandler, LedgerTransaction) throws -> Void
    ) throws {
        do {
            try transaction.withSavepoint(traceparent: nil) { try call(handler, transaction) }
        } catch {
            try rethrow(error)
            logger.error(
                "Handling a stream's new state failed",
                metadata: [LedgerLogKey.stream: "\(stream)", LedgerLogKey.error: "\(error)"])
        }
    }

    /// Begins a new epoch of a stream of this life of the file, with the state if the stream carries it.
    private func resync(
        _ reason: Logger.Message, after last: Int64, _ applied: StreamApplied, isRestored: Bool,
        in transaction: LedgerTransaction
    ) throws {
        let epoch = try transaction.renew(
            applied.stream, after: last, epochs: [applied.epoch], handshake: applied.handshake, isRestored: isRestored)
        logger.warning(
            reason, metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.epoch: "\(epoch)"])
    }

    /// The consumer knows more of the stream than this file has sent, or a later epoch: the file is an older copy.
    private func renewRestored(
        _ stream: LedgerState.OutboxStream, _ applied: StreamApplied, in transaction: LedgerTransaction
    ) throws {
        guard applied.epoch == stream.epoch || applied.epoch <= StreamReceiver.highestEpoch(at: transaction.now)
        else {
            return logRefused(
                applied.epoch, of: applied.stream, "Consumer's epoch of a stream refused: it is more than a day ahead")
        }
        let epoch = try transaction.renew(
            applied.stream, after: stream.unverifiedHead ?? stream.head, epochs: [applied.epoch],
            handshake: applied.handshake, isRestored: true)
        transaction.count(.restored)
        logger.critical(
            "The file is an older copy: a consumer knows more of a stream; the stream begins a new epoch",
            metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.epoch: "\(epoch)"])
    }

    /// The consumer refuses this stream's epoch as too far ahead of its clock, so it has applied nothing of it.
    private func lowerEpoch(
        of stream: LedgerState.OutboxStream, _ applied: StreamApplied, in transaction: LedgerTransaction
    ) throws {
        guard stream.epoch > StreamReceiver.highestEpoch(at: transaction.now) else {
            return logRefused(
                stream.epoch, of: applied.stream,
                "Consumer refuses the epoch of a stream: one of the two clocks is wrong")
        }
        let epoch = max(transaction.now.milliseconds, applied.epoch + 1)
        try transaction.renumber(applied.stream, epoch: epoch, after: 0, handshake: applied.handshake)
        logger.warning(
            "Stream's epoch was made by a clock that was ahead; it begins a lower one",
            metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.epoch: "\(epoch)"])
    }

    /// Once per stream and epoch: the head is sent again every 30 s.
    private func logRefused(_ epoch: Int64, of stream: StreamName, _ message: Logger.Message) {
        guard refusedEpochs.refuse(epoch, of: stream) else { return }
        logger.error(message, metadata: [LedgerLogKey.stream: "\(stream)", LedgerLogKey.epoch: "\(epoch)"])
    }
}
