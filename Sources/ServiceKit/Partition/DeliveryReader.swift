package import Broker
package import Contracts
package import Ledger

/// Reads the deliveries of a partition's queue: checks the publisher and the stream headers (contract section 3), and
/// parses the message. An unreadable delivery becomes an input too, with the reason: none is dropped here.
package struct DeliveryReader: Sendable {
    /// What a delivery on a partition queue contains.
    package enum Reading: Sendable {
        case input(LedgerInput)
        /// Commands that the owner of the ingress has forwarded, in their order.
        case inputs([LedgerInput])
        /// A marker of the owner of the ingress (``ForwardedCommands/marker``).
        case marker(String)
        /// A consumer of one of our streams reports what it has applied.
        case streamApplied(StreamApplied)
        /// A consumer of one of our streams lacks messages. Concerns only the relay, and is acked at once.
        case resend(Resend)
    }

    private let address: Address
    private let partitionCount: Int
    private let trustedUsers: Set<ExactString>

    /// - Parameter partitionCount: `PARTITIONS`.
    package init(address: Address, partitionCount: Int, trustedUsers: Set<ExactString>) {
        self.address = address
        self.partitionCount = partitionCount
        self.trustedUsers = trustedUsers
    }

    package func read(_ delivery: Delivery, ackToken: AckToken) -> Reading {
        var stored = StoredDelivery(delivery)
        guard let user = delivery.properties.userID, trustedUsers.contains(ExactString(user)) else {
            return .input(.unreadable(stored, reason: "the publisher is not one of TRUSTED_AMQP_USERS", ackToken))
        }
        if let header = delivery.properties.headers[HeaderName.stream] {
            guard case .string(let name) = header, let stream = StreamName(parsing: name), stream.consumer == address,
                stream.producer != address,
                case .int(let epoch) = delivery.properties.headers[HeaderName.epoch], epoch > 0,
                case .int(let seq) = delivery.properties.headers[HeaderName.seq], seq > 0
            else { return .input(.unreadable(stored, reason: Self.invalidStreamHeaders, ackToken)) }
            let position = StreamPosition(stream: stream, epoch: epoch, seq: seq)
            stored.position = position
            return .input(readStreamed(delivery, stored, at: position, ackToken))
        }
        if delivery.properties.type == ForwardedCommands.Action.forwardedCommands.rawValue {
            return readForwarded(delivery, stored, ackToken)
        }
        return readControl(delivery, stored, ackToken)
    }

    private func readStreamed(
        _ delivery: Delivery, _ stored: StoredDelivery, at position: StreamPosition, _ ackToken: AckToken
    ) -> LedgerInput {
        if delivery.isTruncated { return .unreadable(stored, reason: Self.tooLarge, ackToken) }
        do {
            return .message(try InboundMessage.streamed(stored, at: position, digest: digest(of: delivery)), ackToken)
        } catch {
            return .unreadable(stored, reason: error.description, ackToken)
        }
    }

    /// Of a command that another partition has forwarded.
    private func digest(of delivery: Delivery) -> [UInt8]? {
        delivery.properties.headers[HeaderName.digest]?.stringValue.flatMap(Self.digest)
    }

    /// Anything that is no digest is ignored.
    private static func digest(_ digits: String) -> [UInt8]? {
        Hexadecimal.bytes(digits).flatMap { $0.count == InboundMessage.digestLength ? $0 : nil }
    }

    /// Commands that the owner of the ingress has taken for this partition. From here on each is a message from outside
    /// as if this process had taken it there.
    private func readForwarded(_ delivery: Delivery, _ stored: StoredDelivery, _ ackToken: AckToken) -> Reading {
        func unreadable(_ reason: String) -> Reading { .input(.unreadable(stored, reason: reason, ackToken)) }
        guard address.service == .application else { return unreadable("only ApplicationService takes commands") }
        guard !delivery.isTruncated else { return unreadable(Self.tooLarge) }
        do {
            let forwarded = try ForwardedCommands(parsing: delivery.body)
            if let marker = forwarded.marker { return .marker(marker) }
            guard !forwarded.commands.isEmpty else { return unreadable("no commands") }
            let inputs = forwarded.commands.enumerated().map { index, command in
                LedgerInput.message(
                    inbound(command, stored),
                    AckToken(
                        target: ackToken.target, tag: ackToken.tag, isLast: index == forwarded.commands.count - 1))
            }
            for case .message(let inbound, _) in inputs
            where Partition.of(key: inbound.key.string, count: partitionCount) != address.partition {
                return unreadable("a command of another partition")
            }
            return .inputs(inputs)
        } catch {
            return unreadable(error.description)
        }
    }

    private func inbound(_ command: ForwardedCommand, _ forwarded: StoredDelivery) -> InboundMessage {
        var stored = StoredDelivery(
            queue: forwarded.queue, exchange: forwarded.exchange, routingKey: forwarded.routingKey,
            messageID: command.messageID, type: command.message.action.rawValue, userID: forwarded.userID,
            appID: forwarded.appID, contentType: forwarded.contentType, traceparent: command.traceparent,
            sentAt: forwarded.sentAt, body: command.message.encoded())
        stored.deliveryCount = forwarded.deliveryCount
        return InboundMessage(
            origin: .foreign, digest: command.digest.flatMap(Self.digest), message: command.message,
            key: command.message.key(for: .application), delivery: stored)
    }

    private func readControl(_ delivery: Delivery, _ stored: StoredDelivery, _ ackToken: AckToken) -> Reading {
        guard !delivery.isTruncated, let message = try? Message(parsing: delivery.body), message.action.isControl else {
            return .input(
                .unreadable(stored, reason: "a message without stream headers on a partition queue", ackToken))
        }
        switch message {
        case .streamHead(let head) where head.stream.consumer == address: return .input(.streamHead(head, ackToken))
        case .streamApplied(let applied) where applied.stream.producer == address:
            return .streamApplied(applied)
        case .resend(let resend) where resend.stream.producer == address: return .resend(resend)
        default:
            return .input(.unreadable(stored, reason: "a control message about a stream of other partitions", ackToken))
        }
    }

    package static let tooLarge = "larger than MAX_MESSAGE_BYTES"
    private static let invalidStreamHeaders = "the stream headers do not identify a stream to this partition"
}
