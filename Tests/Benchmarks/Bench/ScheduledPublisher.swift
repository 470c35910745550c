import Broker
import Dispatch
import Foundation
import Synchronization

/// Publishes messages when they are due, whatever comes back: it waits neither for confirms nor for outcomes. What it
/// publishes late, because the broker or the machine was busy, still counts from the time when it was due.
final class ScheduledPublisher: Sendable {
    private let source = Source()
    private let publisher: Publisher
    private let running: Background<Void>
    /// In flight at most; on schedule there are far fewer.
    private static let window = 4096

    init(url: String) throws {
        let publisher = Publisher(
            endpoint: try BrokerEndpoint(url: url), name: "bench schedule", window: Self.window, logger: .silent,
            source: source)
        self.publisher = publisher
        running = Background {
            let done = DispatchSemaphore(value: 0)
            // Only the publisher runs in a task; the benchmark blocks.
            Task {
                try? await publisher.run()
                done.signal()
            }
            done.wait()
        }
    }

    /// Publishes at once.
    func publish(_ messages: [OutgoingMessage]) {
        let now = Measure.nanoseconds
        source.add(messages.map { ($0, now) })
        publisher.wake()
    }

    /// Publishes at a steady rate, in messages per second, and returns once the broker has confirmed all.
    /// - Returns: when each was due, and when it was confirmed.
    func publish(_ messages: [OutgoingMessage], perSecond rate: Double) throws -> [Delay] {
        let start = Measure.nanoseconds + 1_000_000
        let dues = messages.indices.map { start + Int(Double($0) * 1e9 / rate) }
        source.add(zip(messages, dues).map { ($0, $1) })
        for due in dues {
            if due > Measure.nanoseconds { Measure.sleep(until: due) }
            publisher.wake()
        }
        try Measure.until("the broker has confirmed the load") { try confirmed() >= messages.count }
        return source.removeDelays()
    }

    /// The number of messages that the broker has confirmed since the last schedule.
    /// - Throws: if a message may be lost.
    func confirmed() throws -> Int {
        if let failure = source.failure { throw BenchError(failure) }
        return source.confirmed
    }

    func stop() throws {
        publisher.stop()
        try running.value()
    }

    private final class Source: PublishSource {
        private struct State {
            /// In the order of their times.
            var messages: [(message: OutgoingMessage, due: Int)] = []
            var next = 0
            var inFlight = 0
            var delays: [Delay] = []
            var failure: String?
        }

        private let state = Mutex(State())

        var confirmed: Int { state.withLock { $0.delays.count } }

        var failure: String? { state.withLock { $0.failure } }

        func add(_ messages: [(OutgoingMessage, Int)]) {
            state.withLock { $0.messages += messages.map { (message: $0.0, due: $0.1) } }
        }

        func removeDelays() -> [Delay] {
            state.withLock { state in
                defer { state.delays = [] }
                return state.delays
            }
        }

        func connected() {}

        func next(max: Int) -> [OutgoingMessage] {
            let now = Measure.nanoseconds
            return state.withLock { state in
                let due = state.messages[state.next...].prefix(max).prefix { $0.due <= now }
                state.next += due.count
                state.inFlight += due.count
                return due.indices.map { index in
                    var message = due[index].message
                    message.publishID = UInt64(index)
                    return message
                }
            }
        }

        func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
            let now = Measure.nanoseconds
            state.withLock { state in
                state.inFlight -= outcomes.count
                for (publishID, outcome) in outcomes {
                    if outcome != .confirmed { state.failure = "a message of the load was not confirmed" }
                    state.delays.append(Delay(due: state.messages[Int(publishID)].due, end: now))
                }
            }
        }

        func disconnected() {
            state.withLock { if $0.inFlight > 0 { $0.failure = "the load has lost its connection" } }
        }
    }
}
