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
    private let state = Mutex(ControlQueue())

    private struct ControlQueue {
        var controls: [ControlMessage] = []
        /// Counts down from the maximum: the relay numbers its messages from 1, so the ids never collide.
        var lastPublishID = UInt64.max
    }

    /// What is published and not confirmed: a stream that flows alone may have half of it in flight.
    static let window = 1024
    /// The maximum number of waiting control messages; above it the oldest are dropped, since all are sent again.
    private static let controlLimit = 10_000

    /// - Parameters:
    ///   - isOwner: a process that does not hold the partition's owner queue publishes nothing (contract section 3).
    ///   - commitCursors: receives the relay's cursors, by the row id of their stream.
    init(
        relay: OutboxRelay, address: Address, user: String, isOwner: @escaping @Sendable () -> Bool,
        commitCursors: @escaping @Sendable ([Int64: StreamCursor]) -> Void
    ) {
        self.isOwner = isOwner
        self.commitCursors = commitCursors
        self.relay = relay
        self.address = address
        self.user = user
    }

    func enqueue(_ controls: [ControlMessage]) {
        state.withLock { state in
            state.controls += controls
            if state.controls.count > Self.controlLimit {
                state.controls.removeFirst(state.controls.count - Self.controlLimit)
            }
        }
    }

    /// Whether there is something to publish because time has passed: a stream's back-off is over, or the heads are
    /// due.
    var isDue: Bool { relay.isDue }

    func connected() { relay.channelOpened() }

    func disconnected() {}

    func reasonToReopen() -> String? {
        guard isOwner(), let stalled = relay.takeStalled() else { return nil }
        return "\(stalled.name) was nacked or returned for \(stalled.failing.components.seconds) s"
    }

    func next(max: Int) -> [OutgoingMessage] {
        guard isOwner() else { return [] }
        let controls = takeControls(max: max)
        let heads = relay.nextHeads(max: max - controls.count).map(outgoingMessage)
        return controls + heads + relay.next(max: max - controls.count - heads.count).map(outgoingMessage)
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
        let cursors = relay.settled(outcomes.map { ($0.publishID, $0.outcome == .confirmed) })
        if !cursors.isEmpty { commitCursors(cursors) }
    }

    private func takeControls(max: Int) -> [OutgoingMessage] {
        state.withLock { state in
            guard !state.controls.isEmpty else { return [] }
            let taken = state.controls.prefix(max)
            state.controls.removeFirst(taken.count)
            return taken.map { control in
                state.lastPublishID -= 1
                return outgoingMessage(
                    control.message, to: control.recipient, publishID: state.lastPublishID, mandatory: false)
            }
        }
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
