import Broker
import Contracts
import Ledger
import Logging
import Synchronization

/// What a partition publishes: its streams, carried by the relay, and the control messages beside them.
final class PartitionPublishSource: PublishSource {
    private let relay: OutboxRelay
    private let address: Address
    private let user: String
    /// Where the relay's cursors go to be committed.
    private let moved: @Sendable ([Int64: Int64]) -> Void
    /// Who does not hold the partition's owner queue publishes nothing (contract section 3).
    private let isOwner: @Sendable () -> Bool
    private let state = Mutex(State())

    private struct State {
        var controls: [ControlMessage] = []
        var publishID = UInt64.max
        var headsSentAt: ContinuousClock.Instant?
    }

    /// Control messages are repeated by their nature; beyond so many waiting ones the oldest are dropped.
    private static let controlLimit = 10_000
    /// How often each stream says how far it goes (contract section 4).
    private static let headInterval: Duration = .seconds(30)

    init(
        relay: OutboxRelay, address: Address, user: String, isOwner: @escaping @Sendable () -> Bool,
        moved: @escaping @Sendable ([Int64: Int64]) -> Void
    ) {
        self.isOwner = isOwner
        self.moved = moved
        self.relay = relay
        self.address = address
        self.user = user
    }

    func send(_ controls: [ControlMessage]) {
        state.withLock { state in
            state.controls += controls
            if state.controls.count > Self.controlLimit {
                state.controls.removeFirst(state.controls.count - Self.controlLimit)
            }
        }
    }

    /// Whether there is something to publish that nobody was woken for: a rest is over, or the heads are due.
    var isDue: Bool {
        relay.isDue || headsAreDue
    }

    func connected() {
        relay.channelOpened()
        state.withLock { $0.headsSentAt = nil }
    }

    func disconnected() {}

    func next(max: Int) -> [OutgoingMessage] {
        guard isOwner() else { return [] }
        if headsAreDue {
            state.withLock { $0.headsSentAt = .now }
            send(relay.heads.map { ControlMessage(message: .streamHead($0), recipient: $0.stream.consumer) })
        }
        let controls = takeControls(max: max)
        return controls + relay.next(max: max - controls.count).map(message)
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
        let cursors = relay.settled(outcomes.map { ($0.publishID, $0.outcome == .confirmed) })
        if !cursors.isEmpty { moved(cursors) }
    }

    private var headsAreDue: Bool {
        state.withLock { $0.headsSentAt.map { .now - $0 >= Self.headInterval } ?? true }
    }

    private func takeControls(max: Int) -> [OutgoingMessage] {
        state.withLock { state in
            guard !state.controls.isEmpty else { return [] }
            let taken = state.controls.prefix(max)
            state.controls.removeFirst(taken.count)
            return taken.map { control in
                // Tickets from the far end: the relay counts its own from 1, and knows none of these.
                state.publishID -= 1
                return OutgoingMessage(
                    publishID: state.publishID, exchange: "", routingKey: control.recipient.queue,
                    properties: .published(control.message.action.rawValue, by: address, user: user),
                    body: control.message.encoded(), mandatory: false)
            }
        }
    }

    /// What goes out to the world bears no number, and nobody there is missed: it is not mandatory (section 3).
    private func message(_ parcel: OutboxMessage) -> OutgoingMessage {
        var headers = [HeaderName.traceparent: HeaderValue.string(parcel.traceparent)]
        if parcel.isStreamed {
            headers[HeaderName.stream] = .string(parcel.stream)
            headers[HeaderName.epoch] = .int(parcel.epoch)
            headers[HeaderName.seq] = .int(parcel.seq)
        }
        var properties = MessageProperties.published(
            parcel.action, by: address, user: user, at: parcel.createdAt, headers: headers)
        properties.messageID = parcel.messageID
        return OutgoingMessage(
            publishID: parcel.publishID, exchange: parcel.exchange, routingKey: parcel.routingKey,
            properties: properties,
            body: parcel.body, mandatory: parcel.isStreamed)
    }
}
