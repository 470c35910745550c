import Contracts
import Logging

/// A producer that runs with another number of partitions than this service.
struct UnequalProducer: Sendable {
    /// As it said last.
    var partitions: Int
    /// When it said so first, by the monotonic clock.
    let since: Timestamp
    var lastAskedAt: Timestamp
    var questions = 1
    /// Set when it is certain: it has answered a question.
    var endsAt: Timestamp?
}

/// Services with unequal numbers of partitions refuse each other (contract section 4): they would not agree on the
/// partition of a message.
///
/// A head may have waited in the queue since before the setting was corrected, so the first one only begins an inquiry:
/// the producer is told our number, which it answers with its own. A head that arrives a second after the first is such
/// an answer, and ends the process, a second later: by then the producer has been told once more, and ends too.
extension BatchCommitter {
    /// The pause between two questions, and how long the last one has to leave.
    private static let inquiryInterval: Duration = .seconds(1)
    /// A producer that does not run does not answer.
    private static let questionLimit = 5

    /// Whether to record and answer the head: its producer runs with the same number of partitions, or does not say, as
    /// an earlier version.
    func accepts(_ head: StreamHead, in transaction: LedgerTransaction) -> Bool {
        let producer = head.stream.producer
        guard let partitions = head.partitions, partitions != file.partitions else {
            unequalProducers[producer] = nil
            // No stream has this epoch: the head only reported the number.
            return head.epoch > 0
        }
        let now = transaction.monotonicNow
        guard var unequal = unequalProducers[producer] else {
            unequalProducers[producer] = UnequalProducer(partitions: partitions, since: now, lastAskedAt: now)
            ask(producer, in: transaction)
            return false
        }
        unequal.partitions = partitions
        // While there are messages from before, this head may be one of them.
        if now - unequal.since >= Self.inquiryInterval, unequal.endsAt == nil, transaction.isCaughtUp {
            unequal.endsAt = now.advanced(by: Self.inquiryInterval)
            ask(producer, in: transaction)
        }
        unequalProducers[producer] = unequal
        return false
    }

    /// - Throws: `LedgerError.unequalPartitions` when an inquiry is over.
    func continueInquiries(in transaction: LedgerTransaction) throws {
        let now = transaction.monotonicNow
        for (producer, var unequal) in unequalProducers {
            if let endsAt = unequal.endsAt {
                guard endsAt <= now else { continue }
                throw LedgerError(
                    .unequalPartitions,
                    """
                    \(producer) runs with PARTITIONS=\(unequal.partitions), and PARTITIONS is \(file.partitions) here; \
                    it must be the same for all services
                    """)
            }
            guard now - unequal.lastAskedAt >= Self.inquiryInterval else { continue }
            if unequal.questions == Self.questionLimit {
                unequalProducers[producer] = nil
                continue
            }
            unequal.questions += 1
            unequal.lastAskedAt = now
            unequalProducers[producer] = unequal
            ask(producer, in: transaction)
        }
    }

    /// Tells the producer our number of partitions.
    private func ask(_ producer: Address, in transaction: LedgerTransaction) {
        let stream = StreamName(producer: transaction.address, consumer: producer)
        transaction.send(
            .streamHead(StreamHead(stream: stream, epoch: 0, head: 0, partitions: file.partitions)), to: producer)
    }
}
