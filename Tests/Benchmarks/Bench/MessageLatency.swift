import Broker
import BrokerTesting
import Contracts
import Foundation
import Synchronization

/// `volunteer_response` as messages, until ApplicationService has published the `spot_status` of each. The reference is
/// the bare relay, which publishes what it has at once.
final class MessageLatency: LatencySubject {
    let name = "messages"
    let referenceName = "bare relay"

    private let options: Options
    private let session: BlockingClient
    private let prefix = String(UUID().uuidString.prefix(8))
    private let relay: RelayReference
    private let publisher: ScheduledPublisher
    private let observer: MessageObserver
    private let arrivals = Arrivals()
    /// The next volunteer: each responds once.
    private var next = 0
    private static let flood = 6_000

    init(_ options: Options, _ session: BlockingClient) throws {
        self.options = options
        self.session = session
        relay = try RelayReference(options, session, batch: 512, gatherMicroseconds: 0)
        publisher = try ScheduledPublisher(url: options.broker)
        let outcomes = [Address(service: .notifier, partition: Partition(number: 0))].map {
            (Exchange.spotUpdates, $0.routingKey(for: .spotStatus))
        }
        observer = try MessageObserver(
            url: options.broker, queue: "bench.outcomes",
            bindings: outcomes + [(Exchange.spotUpdates, RelayReference.outcomeKey)]
        ) { [arrivals] messages, time in arrivals.add(messages, at: time) }
        _ = try session.publishBatch(Load.creates(prefix: prefix))
    }

    func stop() throws {
        try publisher.stop()
        try observer.stop()
        relay.stop()
    }

    func capacity() throws -> Double {
        let first = begin(Self.flood)
        let told = try session.messageCount(Exchange.notifications)
        let started = Measure.nanoseconds
        Load.publish(Self.flood, to: options.broker) { [prefix] in
            Load.responses(prefix: prefix, first + $0.lowerBound..<first + $0.upperBound)
        }
        try untilTold(told + Self.flood)
        return Double(Self.flood) / (Double(Measure.nanoseconds - started) / 1e9)
    }

    func measure(at rate: Double, seconds: Double) throws -> LatencyMeasurement {
        let count = Int(rate * seconds)
        let first = begin(count)
        let told = try session.messageCount(Exchange.notifications)
        let confirms = try publisher.publish(
            Load.responses(prefix: prefix, first..<first + count), perSecond: rate)
        try untilTold(told + count)
        return LatencyMeasurement(outcomes: try outcomes(of: confirms), confirms: confirms)
    }

    func measureReference(at rate: Double, seconds: Double) throws -> [Delay] {
        let count = Int(rate * seconds)
        let first = begin(count)
        let messages = Load.responses(prefix: prefix, first..<first + count).map(RelayReference.addressed)
        let confirms = try publisher.publish(messages, perSecond: rate)
        defer { try? relay.clear() }
        return try outcomes(of: confirms)
    }

    /// Expects this number of outcomes.
    /// - Returns: the first of as many volunteers.
    private func begin(_ count: Int) -> Int {
        let first = next
        next += count
        arrivals.expect(first..<next)
        return first
    }

    private func untilTold(_ count: Int) throws {
        try Measure.until("all users are told", within: 120) {
            try session.messageCount(Exchange.notifications) >= count
        }
    }

    /// - Parameter confirms: in any order.
    private func outcomes(of confirms: [Delay]) throws -> [Delay] {
        try Measure.until("every command has an outcome") { arrivals.isComplete }
        return zip(confirms.map(\.due).sorted(), arrivals.times).map { Delay(due: $0, end: $1) }
    }

    /// When the outcomes of one measurement came, by their volunteers.
    private final class Arrivals: Sendable {
        private struct State {
            var first = 0
            var times: [Int] = []
            var missing = 0
        }

        private let state = Mutex(State())

        func expect(_ volunteers: Range<Int>) {
            state.withLock {
                $0 = State(
                    first: volunteers.lowerBound, times: Array(repeating: 0, count: volunteers.count),
                    missing: volunteers.count)
            }
        }

        func add(_ messages: [Message], at time: Int) {
            state.withLock { state in
                for message in messages {
                    guard let volunteer = message.volunteerID.flatMap({ Int($0.string) }) else { continue }
                    let index = volunteer - state.first
                    guard state.times.indices.contains(index), state.times[index] == 0 else { continue }
                    state.times[index] = time
                    state.missing -= 1
                }
            }
        }

        var isComplete: Bool { state.withLock { $0.missing == 0 } }

        var times: [Int] { state.withLock { $0.times } }
    }
}
