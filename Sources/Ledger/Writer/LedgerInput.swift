package import Contracts

/// What the doors hand to a partition's writer.
package enum LedgerInput: Sendable {
    /// A message that was understood.
    case message(InboundMessage, AckToken)
    /// A foreign message for a partition that another process owns: it goes on through the outbox.
    case forward(InboundMessage, to: Address, AckToken)
    /// A message that cannot be understood, or that must not be here: kept with its reason.
    indirect case unreadable(StoredDelivery, reason: String, AckToken)
    /// The control kind of contract section 4, but for `resend`, which concerns the relay alone.
    case streamHead(StreamHead, AckToken)
    case streamApplied(StreamApplied, AckToken)
    /// The consumer's link is up, and about so many messages waited in the queue then.
    case opened(waiting: Int)
    /// The link is gone.
    case lost
    /// The relay's cursors: what the broker has confirmed, by the row id of the stream.
    case confirmed([Int64: Int64])
    /// Anything else that must be decided in the group commit: a subcommand, an HTTP command.
    case call(@Sendable (LedgerTransaction) throws -> Void, @Sendable (Result<Void, any Error>) -> Void)

    var isCall: Bool {
        if case .call = self { true } else { false }
    }

    var ackToken: AckToken? {
        switch self {
        case .message(_, let ackToken), .forward(_, _, let ackToken), .unreadable(_, _, let ackToken),
            .streamHead(_, let ackToken), .streamApplied(_, let ackToken):
            ackToken
        case .opened, .lost, .confirmed, .call:
            nil
        }
    }
}

/// What must be acked once the input is committed.
package struct AckToken: Sendable {
    package let book: any AckTarget
    package let tag: UInt64

    package init(book: any AckTarget, tag: UInt64) {
        self.book = book
        self.tag = tag
    }
}

/// One life of a consumer's channel, as the ledger sees it.
package protocol AckTarget: AnyObject, Sendable {
    /// False as soon as the channel is lost: its deliveries come again, so those not yet decided are dropped.
    var isCurrent: Bool { get }

    /// These deliveries are committed.
    func settle(_ tags: [UInt64])
}
