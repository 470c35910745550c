package import Broker
package import Contracts
import Ledger
import Logging
import Synchronization

/// Everything a partition publishes: the outbox's messages, from the relay, and control messages, which are outside any
/// stream.
final class PartitionPublishSource: PublishSource {
    private let relay: OutboxRelay
    private let address: Address
    private let user: String
    private let commitCursors: @Sendable ([Int64: StreamCursor]) -> Void
    private let isOwner: @Sendable () -> Bool
    private let monotonicNow: @Sendable () -> Timestamp
    private let controls = Mutex(ControlQueue())

    /// What is published and not confirmed: a stream that flows alone may have half of it in flight.
    static let window = 1024

    /// - Parameters:
    ///   - isOwner: a process that does not hold the partition's owner queue publishes nothing (contract section 3).
    ///   - monotonicNow: that of the relay.
    ///   - commitCursors: receives the relay's cursors, by the row id of their stream.
    init(
        relay: OutboxRelay, address: Address, user: String, isOwner: @escaping @Sendable () -> Bool,
        monotonicNow: @escaping @Sendable () -> Timestamp,
        commitCursors: @escaping @Sendable ([Int64: StreamCursor]) -> Void
    ) {
        self.isOwner = isOwner
        self.monotonicNow = monotonicNow
        self.commitCursors = commitCursors
        self.relay = relay
        self.address = address
        self.user = user
    }

    func enqueue(_ messages: [ControlMessage]) {
        controls.withLock { $0.enqueue(messages) }
    }

    /// Whether there is something to publish because time has passed: a back-off is over, or the heads are due.
    var isDue: Bool {
        let now = monotonicNow()
        return relay.isDue || controls.withLock { $0.isDue(now: now) }
    }

    func connected() {
        relay.channelOpened()
        controls.withLock { $0.channelOpened() }
    }

    func disconnected() {}

    func reasonToReopen() -> String? {
        guard isOwner() else { return nil }
        if let stalled = relay.takeStalled() {
            return "\(stalled.name) was nacked or returned for \(stalled.failing.components.seconds) s"
        }
        let now = monotonicNow()
        return controls.withLock { $0.takeStalled(now: now) }.map {
            "control messages to \($0.recipient.name) were nacked for \($0.failing.components.seconds) s"
        }
    }

    func next(max: Int) -> [OutgoingMessage] {
        guard isOwner() else { return [] }
        let now = monotonicNow()
        let controls = controls.withLock { $0.next(max: max, now: now) }.map { publishID, control in
            outgoingMessage(control.message, to: control.recipient, publishID: publishID, mandatory: false)
        }
        let heads = relay.nextHeads(max: max - controls.count).map(outgoingMessage)
        return controls + heads + relay.next(max: max - controls.count - heads.count).map(outgoingMessage)
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
        let outcomes = outcomes.map { (publishID: $0.publishID, confirmed: $0.outcome == .confirmed) }
        let now = monotonicNow()
        controls.withLock { $0.settled(outcomes, now: now) }
        let cursors = relay.settled(outcomes)
        if !cursors.isEmpty { commitCursors(cursors) }
    }

    /// Mandatory: a head that is returned is sent again soon, because until it is answered the stream stands still.
    private func outgoingMessage(_ head: RelayState.OutboxHead) -> OutgoingMessage {
        outgoingMessage(
            .streamHead(head.head), to: head.head.stream.consumer, publishID: head.publishID, mandatory: true)
    }

    /// A message of the control kind, straight to the recipient's queue.
    private func outgoingMessage(
        _ message: Message, to recipient: Address, publishID: UInt64, mandatory: Bool
    ) -> OutgoingMessage {
        OutgoingMessage(
            publishID: publishID, exchange: "", routingKey: recipient.queue,
            properties: .published(message.action.rawValue, by: address, user: user), body: message.encoded(),
            mandatory: mandatory)
    }

    /// Messages to the outside carry no stream headers. They are `mandatory` too: one that is returned shows that the
    /// queue we declare for late subscribers is gone (contract section 3).
    private func outgoingMessage(_ message: OutboxMessage) -> OutgoingMessage {
        var headers = [HeaderName.traceparent: HeaderValue.string(message.traceparent)]
        if message.isStreamed {
            headers[HeaderName.stream] = .string(message.stream)
            headers[HeaderName.epoch] = .int(message.epoch)
            headers[HeaderName.seq] = .int(message.seq)
            if let digest = message.digest { headers[HeaderName.digest] = .string(Hexadecimal.digits(of: digest)) }
        }
        var properties = MessageProperties.published(
            message.action, by: address, user: user, at: message.createdAt, headers: headers)
        properties.messageID = message.messageID
        return OutgoingMessage(
            publishID: message.publishID, exchange: message.exchange, routingKey: message.routingKey,
            properties: properties, body: message.body, mandatory: true)
    }
}

extension MessageProperties {
    /// The properties of every message a partition publishes (contract section 3), except `message_id`.
    /// - Parameter user: the connection's user; the broker checks `user_id` against it.
    package static func published(
        _ type: String, by address: Address, user: String, at time: Timestamp = .now(),
        headers: [String: HeaderValue] = [:]
    ) -> MessageProperties {
        MessageProperties(
            contentType: "application/json", type: type, userID: user, appID: address.name, deliveryMode: 2,
            timestamp: UInt64(max(0, time.milliseconds / 1000)), headers: headers)
    }
}
