import Contracts
import Logging

/// The handshake of contract section 4, on both sides.
extension BatchCommitter {
    /// A producer reports its stream's head; it is answered with what this file has applied.
    func receive(_ head: StreamHead, in transaction: LedgerTransaction, _ outcome: inout BatchOutcome) {
        var receiver = transaction.state.receivers[head.stream] ?? StreamReceiver()
        let isAccepted = receiver.recordHead(
            head.head, epoch: head.epoch, now: transaction.monotonicNow,
            highestEpoch: StreamReceiver.highestEpoch(at: transaction.now))
        if isAccepted {
            transaction.state.receivers[head.stream] = receiver
        } else {
            refuse(epoch: head.epoch, of: head.stream, .streamHead, &outcome)
        }
        let applied = StreamApplied(
            stream: head.stream, epoch: receiver.epoch, last: receiver.last, handshake: head.handshake)
        transaction.send(.streamApplied(applied), to: head.stream.producer)
    }

    /// Counts what is dropped because its epoch is too far ahead of the clock, and logs each such epoch once.
    func refuse(epoch: Int64, of stream: StreamName, _ action: Action?, _ outcome: inout BatchOutcome) {
        outcome.count(action, .refusedEpochs)
        guard refusedEpochs.updateValue(epoch, forKey: stream) != epoch else { return }
        logger.error(
            "Stream's epoch refused: it is more than a day ahead of the clock",
            metadata: [LedgerLogKey.stream: "\(stream)", LedgerLogKey.epoch: "\(epoch)"])
    }

    /// A consumer reports what it has applied.
    /// - Parameter answersHead: whether it answers the head that was sent on this channel. Only that shows what the
    ///   consumer knows, because the head waited in its queue behind everything that was sent before.
    func receive(_ applied: StreamApplied, answersHead: Bool, in transaction: LedgerTransaction) throws {
        guard let stream = transaction.state.outboxStreams[.stream(applied.stream)] else { return }
        if applied.epoch == stream.epoch, applied.last <= stream.unverifiedHead ?? stream.head {
            try transaction.recordApplied(applied.last, of: stream)
            if answersHead { try verify(stream, applied, in: transaction) }
            return
        }
        guard answersHead, applied.handshake == nil || applied.handshake != stream.renewedBy else { return }
        if applied.epoch >= stream.epoch {
            try renewRestored(stream, applied, in: transaction)
        } else {
            try lowerEpoch(of: stream, applied, in: transaction)
        }
    }

    private func verify(
        _ stream: LedgerState.OutboxStream, _ applied: StreamApplied, in transaction: LedgerTransaction
    ) throws {
        let next = applied.last + 1
        if next <= stream.head, try !transaction.isStored(next, of: stream) {
            // The consumer is an older copy of itself, from before what the outbox still has.
            if try transaction.markStopped(Resend(stream: applied.stream, epoch: applied.epoch, from: next)) {
                logger.error(
                    "Stream stopped: its consumer lacks messages that are no longer in the outbox",
                    metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.from: "\(next)"])
            }
            return
        }
        try transaction.verify(.stream(applied.stream), after: applied.last, handshake: applied.handshake)
    }

    /// The consumer knows more of the stream than this file has sent, or a later epoch: the file is an older copy.
    private func renewRestored(
        _ stream: LedgerState.OutboxStream, _ applied: StreamApplied, in transaction: LedgerTransaction
    ) throws {
        guard applied.epoch == stream.epoch || applied.epoch <= StreamReceiver.highestEpoch(at: transaction.now)
        else { return logRefused(applied, "Consumer's epoch of a stream refused: it is more than a day ahead") }
        let epoch = max(transaction.now.milliseconds, transaction.state.epoch, stream.epoch, applied.epoch) + 1
        try transaction.renew(
            .stream(applied.stream), epoch: epoch, above: stream.unverifiedHead ?? stream.head,
            handshake: applied.handshake)
        transaction.count(.restored)
        logger.critical(
            "The file is an older copy: a consumer knows more of a stream; the stream begins a new epoch",
            metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.epoch: "\(epoch)"])
        do {
            try transaction.withSavepoint(traceparent: nil) {
                try handler.streamRenewed(to: applied.stream.consumer, in: transaction)
            }
        } catch {
            try rethrow(error)
            logger.error(
                "Handling a renewed stream failed",
                metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.error: "\(error)"])
        }
    }

    /// The consumer refuses this stream's epoch as too far ahead of its clock, so it has applied nothing of it.
    private func lowerEpoch(
        of stream: LedgerState.OutboxStream, _ applied: StreamApplied, in transaction: LedgerTransaction
    ) throws {
        guard stream.epoch > StreamReceiver.highestEpoch(at: transaction.now) else {
            return logRefused(applied, "Consumer refuses the epoch of a stream: one of the two clocks is wrong")
        }
        let epoch = max(transaction.now.milliseconds, applied.epoch + 1)
        try transaction.renew(.stream(applied.stream), epoch: epoch, above: 0, handshake: applied.handshake)
        logger.warning(
            "Stream's epoch was made by a clock that was ahead; it begins a lower one",
            metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.epoch: "\(epoch)"])
    }

    /// Once per stream and epoch: the head is sent again every 30 s.
    private func logRefused(_ applied: StreamApplied, _ message: Logger.Message) {
        guard refusedEpochs.updateValue(applied.epoch, forKey: applied.stream) != applied.epoch else { return }
        logger.error(
            message, metadata: [LedgerLogKey.stream: "\(applied.stream)", LedgerLogKey.epoch: "\(applied.epoch)"])
    }
}
