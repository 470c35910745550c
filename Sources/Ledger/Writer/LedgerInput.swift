package import Contracts

/// An input of a partition's writer.
package enum LedgerInput: Sendable {
    /// A readable message.
    case message(InboundMessage, AckToken)
    /// A foreign message for a partition that another process owns, and whose queue does not take it now: it is sent
    /// there through the outbox.
    case forward(InboundMessage, to: Address, AckToken)
    /// A message that cannot be read, or is not allowed here: stored with its reason.
    indirect case unreadable(StoredDelivery, reason: String, AckToken)
    /// Control messages (contract section 4), except `resend`, which concerns only the relay. `answersHead`: whether
    /// the relay expects this answer (``OutboxRelay/expects(_:)``).
    case streamHead(StreamHead, AckToken)
    case streamApplied(StreamApplied, answersHead: Bool, AckToken)
    /// A marker in the queue: everything before it is committed when this is called.
    case marker(passed: @Sendable () -> Void, AckToken)
    /// The consumer is connected, and this many messages were in its queue then.
    case consumerConnected(queued: Int)
    /// With the connection the ownership of the partition may be lost. `published`: how far the streams may have been
    /// published until then, by their row id (``OutboxRelay/suspend()``).
    case consumerDisconnected(published: [Int64: PublishedStream])
    /// The relay's cursors: the last confirmed message, by the row id of the stream.
    case confirmed([Int64: StreamCursor])
    /// Anything else that runs in the group commit: an operator's decision, an HTTP command. Messages that it emits
    /// belong to the trace of `traceparent`.
    case call(
        traceparent: String? = nil, @Sendable (LedgerTransaction) throws -> Void,
        @Sendable (Result<Void, any Error>) -> Void)

    var isCall: Bool {
        if case .call = self { true } else { false }
    }

    /// Whether it is a control message, which is lost without harm.
    var isControl: Bool {
        switch self {
        case .streamHead, .streamApplied, .marker: true
        default: false
        }
    }

    /// Whether it still counts: the delivery of a closed channel is redelivered.
    var isCurrent: Bool { ackToken?.target.isCurrent ?? true }

    /// The delivery if it has been lost so often that it may be what ends the process: such a message is handled alone.
    var suspect: StoredDelivery? {
        let delivery: StoredDelivery? =
            switch self {
            case .message(let inbound, _), .forward(let inbound, _, _): inbound.delivery
            case .unreadable(let delivery, _, _): delivery
            case .streamHead, .streamApplied, .marker, .consumerConnected, .consumerDisconnected, .confirmed, .call: nil
            }
        return delivery.flatMap { $0.deliveryCount >= Self.suspectDeliveries ? $0 : nil }
    }

    /// A broker or a service that is restarted twice in a row is nothing unusual.
    private static let suspectDeliveries = 3

    /// The bytes of its body.
    var bytes: Int {
        switch self {
        case .message(let inbound, _), .forward(let inbound, _, _): inbound.delivery.body.count
        case .unreadable(let delivery, _, _): delivery.body.count
        case .streamHead, .streamApplied, .marker, .consumerConnected, .consumerDisconnected, .confirmed, .call: 0
        }
    }

    package var ackToken: AckToken? {
        switch self {
        case .message(_, let ackToken), .forward(_, _, let ackToken), .unreadable(_, _, let ackToken),
            .streamHead(_, let ackToken), .streamApplied(_, _, let ackToken), .marker(_, let ackToken):
            ackToken
        case .consumerConnected, .consumerDisconnected, .confirmed, .call:
            nil
        }
    }
}

/// An input with the time of its submission.
struct PendingInput: Sendable {
    let input: LedgerInput
    let submittedAt: ContinuousClock.Instant
}
