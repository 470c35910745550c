package import Broker
package import Contracts
package import Ledger

/// Reads deliveries at a partition's door: who may speak here, by which rules, and what they say. What is not
/// understood becomes an input too, with its reason: nothing is dropped here.
package struct DeliveryReader: Sendable {
    /// What a delivery on a partition queue is.
    package enum Reading: Sendable {
        case input(LedgerInput)
        /// A consumer of ours lacks messages. It concerns the relay alone, and is acked at once.
        case resend(Resend)
    }

    private let address: Address
    private let trustedUsers: Set<String>

    package init(address: Address, trustedUsers: Set<String>) {
        self.address = address
        self.trustedUsers = trustedUsers
    }

    package func read(_ delivery: Delivery, ackToken: AckToken) -> Reading {
        var raw = StoredDelivery(delivery)
        guard let user = delivery.properties.userID, trustedUsers.contains(user) else {
            return .input(.unreadable(raw, reason: "the publisher is not one of TRUSTED_AMQP_USERS", ackToken))
        }
        if let header = delivery.properties.headers[HeaderName.stream] {
            guard case .string(let name) = header, let stream = StreamName(parsing: name), stream.consumer == address,
                stream.producer != address,
                case .int(let epoch) = delivery.properties.headers[HeaderName.epoch], epoch > 0,
                case .int(let seq) = delivery.properties.headers[HeaderName.seq], seq > 0
            else { return .input(.unreadable(raw, reason: "the stream headers name no stream to here", ackToken)) }
            let position = StreamPosition(stream: stream, epoch: epoch, seq: seq)
            raw.position = position
            return .input(readStreamed(delivery, raw, at: position, ackToken))
        }
        return readControl(delivery, raw, ackToken)
    }

    private func readStreamed(
        _ delivery: Delivery, _ raw: StoredDelivery, at position: StreamPosition, _ ackToken: AckToken
    ) -> LedgerInput {
        if delivery.isTruncated { return .unreadable(raw, reason: Self.tooLarge, ackToken) }
        do {
            return .message(try InboundMessage.streamed(raw, at: position), ackToken)
        } catch {
            return .unreadable(raw, reason: error.description, ackToken)
        }
    }

    private func readControl(_ delivery: Delivery, _ raw: StoredDelivery, _ ackToken: AckToken) -> Reading {
        guard !delivery.isTruncated, let message = try? Message(parsing: delivery.body), message.action.isControl else {
            return .input(.unreadable(raw, reason: "a message without stream headers on a partition queue", ackToken))
        }
        switch message {
        case .streamHead(let head) where head.stream.consumer == address: return .input(.streamHead(head, ackToken))
        case .streamApplied(let applied) where applied.stream.producer == address:
            return .input(.streamApplied(applied, ackToken))
        case .resend(let resend) where resend.stream.producer == address: return .resend(resend)
        default: return .input(.unreadable(raw, reason: "a control message about somebody else's stream", ackToken))
        }
    }

    package static let tooLarge = "larger than MAX_MESSAGE_BYTES"
}

extension StoredDelivery {
    package init(_ delivery: Delivery) {
        let properties = delivery.properties
        var trace: String?
        if case .string(let header) = properties.headers[HeaderName.traceparent] { trace = header }
        self.init(
            queue: delivery.queue, exchange: delivery.exchange, routingKey: delivery.routingKey,
            messageID: properties.messageID, type: properties.type, userID: properties.userID, appID: properties.appID,
            contentType: properties.contentType, traceparent: trace,
            sentAt: properties.timestamp.flatMap { Int64(exactly: $0) },
            bodyLength: delivery.bodyLength,
            bodyDigest: delivery.bodyDigest.map { Hexadecimal.digits(of: Array($0)) },
            body: delivery.body)
    }
}
