import Broker
import Contracts
import Ledger
import Logging
import ServiceKit
import Synchronization

/// Passes on what the ingress has taken for partitions of other processes: each command is published to its partition's
/// queue and acked once the broker has confirmed it. Nothing is committed here; after a crash in between the broker
/// delivers the command again, and the deciding partition knows it by its digest (contract sections 3 and 4).
///
/// It also decides when a partition of this process gets its commands directly. An earlier owner of the ingress may
/// have put commands into that partition's queue, and no later command may overtake them. So they are passed on through
/// the queue at first. Once a marker has come out of the queue, which shows that it is nearly empty, the commands are
/// held until a second marker, behind the last of them, has come out too.
final class CommandForwarder: Sendable {
    private enum Publishing {
        case commands(Partition)
        case marker(Partition)
    }

    /// How far a partition of this process is on its way to getting its commands directly.
    private enum Progress {
        case emptying(marker: String)
        case switching(marker: String, since: ContinuousClock.Instant)
    }

    private struct State {
        var lanes: [Partition: ForwardingLane] = [:]
        var progress: [Partition: Progress] = [:]
        var markers: [(partition: Partition, marker: String)] = []
        var publishing: [UInt64: Publishing] = [:]
        var lastPublishID: UInt64 = 0

        /// Random, so that it differs from every other process's.
        mutating func publishMarker(to partition: PartitionService) -> String {
            let marker = Hexadecimal.digits(UInt64.random(in: 0...UInt64.max))
            partition.markers.expect(marker)
            markers.append((partition.address.partition, marker))
            return marker
        }

        /// The commands are passed on through the queue again, until another marker has come out.
        mutating func startOver(_ partition: Partition) {
            progress[partition] = nil
            if case .held? = lanes[partition]?.mode { lanes[partition]?.mode = .forwarding }
        }
    }

    private let settings: ServiceSettings
    /// p00, whose outbox takes the commands for a partition whose queue does not.
    private let first: PartitionService
    private let logger: Logger
    private let status: IngressStatus
    private let state: Mutex<State>

    /// The commands that may be held are bounded by the consumer's prefetch, but their senders should not wait long.
    private static let longestHold: Duration = .seconds(2)

    init(first: PartitionService, settings: ServiceSettings, status: IngressStatus, logger: Logger) {
        self.first = first
        self.settings = settings
        self.status = status
        self.logger = logger
        var lanes: [Partition: ForwardingLane] = [:]
        for number in 0..<settings.partitions {
            let partition = Partition(number: number)
            lanes[partition] = ForwardingLane(to: Address(service: .application, partition: partition))
        }
        // No commands are ever passed on to it.
        lanes[first.address.partition]?.mode = .direct(first.writer)
        state = Mutex(State(lanes: lanes))
    }

    /// What the ingress does with a command.
    func action(for inbound: InboundMessage, _ ackToken: AckToken) -> DeliveryIntake.Action {
        let partition = Partition.of(key: inbound.key.string, count: settings.partitions)
        return state.withLock { state in
            switch state.lanes[partition]?.mode {
            case .direct(let writer)?: return .submit(.message(inbound, ackToken), to: writer)
            case .stored?:
                let address = Address(service: .application, partition: partition)
                return .submit(.forward(inbound, to: address, ackToken), to: first.writer)
            case .forwarding?, .held?, nil:
                state.lanes[partition]?.append(.init(inbound: inbound, ackToken: ackToken))
                return .keep
            }
        }
    }

    /// Whether something can be published now.
    var isDue: Bool {
        let now = ContinuousClock.now
        return state.withLock { !$0.markers.isEmpty || $0.lanes.values.contains { $0.isDue(now: now) } }
    }

    // MARK: - Partitions of this process

    /// Takes a partition of this process one step further, if it can.
    /// - Parameter isUpToDate: whether it has applied what p00's outbox has for it.
    /// - Returns: whether there is nothing more to do: mostly because it gets its commands directly.
    func advance(_ partition: PartitionService, isUpToDate: () -> Bool) -> Bool {
        let number = partition.address.partition
        let now = ContinuousClock.now
        return state.withLock { state in
            guard let lane = state.lanes[number] else { return true }
            switch (lane.mode, state.progress[number]) {
            case (.direct, _), (.stored, _): return true
            case (_, nil):
                state.progress[number] = .emptying(marker: state.publishMarker(to: partition))
            case (.forwarding, .emptying(let marker)?) where partition.markers.hasPassed(marker) && isUpToDate():
                state.lanes[number]?.mode = .held
            case (.held, .emptying?) where !lane.isPublishing:
                state.progress[number] = .switching(marker: state.publishMarker(to: partition), since: now)
            case (_, .switching(let marker, _)?) where partition.markers.hasPassed(marker):
                state.progress[number] = nil
                let entries = state.lanes[number]?.takeAll() ?? []
                partition.writer.submit(entries.map { .message($0.inbound, $0.ackToken) })
                state.lanes[number]?.mode = .direct(partition.writer)
                return true
            case (_, .switching(_, let since)?) where now - since >= Self.longestHold:
                state.startOver(number)
            default: break
            }
            return false
        }
    }
}

// MARK: - Publishing

extension CommandForwarder: PublishSource {
    func connected() {
        state.withLock { state in
            state.publishing = [:]
            for partition in state.lanes.keys { state.lanes[partition]?.putBack() }
            // Their markers may be lost.
            for partition in state.progress.keys { state.startOver(partition) }
            state.markers = []
        }
    }

    func disconnected() {}

    func next(max: Int) -> [OutgoingMessage] {
        let now = ContinuousClock.now
        let messages = state.withLock { state in
            var messages: [OutgoingMessage] = []
            while messages.count < max, let (partition, marker) = state.markers.popLast() {
                messages.append(
                    message(ForwardedCommands(commands: [], marker: marker), to: partition, .marker(partition), &state))
            }
            for partition in state.lanes.keys {
                guard messages.count < max else { break }
                guard let commands = state.lanes[partition]?.next(now: now) else { continue }
                messages.append(message(commands, to: partition, .commands(partition), &state))
            }
            return messages
        }
        if !messages.isEmpty { settings.crashPoint?.reach(.forwarded) }
        return messages
    }

    private func message(
        _ commands: ForwardedCommands, to partition: Partition, _ publishing: Publishing, _ state: inout State
    ) -> OutgoingMessage {
        state.lastPublishID += 1
        state.publishing[state.lastPublishID] = publishing
        return OutgoingMessage(
            publishID: state.lastPublishID, exchange: "",
            routingKey: Address(service: .application, partition: partition).queue,
            properties: .published(
                ForwardedCommands.Action.forwardedCommands.rawValue, by: first.address, user: settings.endpoint.user),
            body: commands.encoded(), mandatory: true)
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
        let now = ContinuousClock.now
        let confirmed = state.withLock { state in
            var confirmed: [AckToken] = []
            for (publishID, outcome) in outcomes {
                switch (state.publishing.removeValue(forKey: publishID), outcome) {
                case (.commands(let partition)?, .confirmed):
                    confirmed += state.lanes[partition]?.confirmed() ?? []
                case (.commands(let partition)?, .nacked):
                    if state.lanes[partition]?.failed(now: now) == true { storeAll(partition, &state, "nacked") }
                case (.commands(let partition)?, .returned(_, let text)):
                    storeAll(partition, &state, text)
                case (.marker, .confirmed), (nil, _): break
                case (.marker(let partition)?, _): state.startOver(partition)
                }
            }
            return confirmed
        }
        guard !confirmed.isEmpty else { return }
        settings.crashPoint?.reach(.forwardConfirmed)
        status.forwarded(confirmed.count)
        AckToken.settle(confirmed)
    }

    /// From now on the partition gets its commands through the outbox, until the ingress begins again: a queue that
    /// takes nothing must not hold up the commands for the others.
    private func storeAll(_ partition: Partition, _ state: inout State, _ reason: String) {
        guard var lane = state.lanes[partition] else { return }
        logger.warning(
            "A partition's queue takes no commands; they go through the outbox",
            metadata: [LogKey.partition: "\(lane.address.name)", LogKey.reason: "\(reason)"])
        let entries = lane.takeAll()
        lane.mode = .stored
        state.lanes[partition] = lane
        state.progress[partition] = nil
        first.writer.submit(entries.map { .forward($0.inbound, to: lane.address, $0.ackToken) })
    }
}
