import Broker
import Synchronization

/// Publishes a list of messages in order, and after a failure continues from the first unconfirmed one: an outbox
/// without a file.
final class ListSource: PublishSource {
    struct State {
        var messages: [OutgoingMessage]
        var cursor = 0
        var inFlight: Set<UInt64> = []
        var mustRewind = false
        var outcomes: [UInt64: [PublishOutcome]] = [:]
        var confirmed: Set<UInt64> = []
        var connections = 0
        var disconnections = 0
        var published = 0
        /// Returned once by `reasonToReopen`.
        var reasonToReopen: String?

        mutating func rewind() {
            cursor = messages.firstIndex { !confirmed.contains($0.publishID) } ?? messages.count
            mustRewind = false
        }
    }

    let state: Mutex<State>
    private let republishes: Bool

    /// - Parameter republishes: whether nacked and returned messages are published again.
    init(_ messages: [OutgoingMessage] = [], republishes: Bool = true) {
        state = Mutex(State(messages: messages))
        self.republishes = republishes
    }

    var confirmed: Int { state.withLock { $0.confirmed.count } }

    func outcomes(_ publishID: UInt64) -> [PublishOutcome] { state.withLock { $0.outcomes[publishID] ?? [] } }

    func add(_ messages: [OutgoingMessage]) { state.withLock { $0.messages += messages } }

    func connected() { state.withLock { $0.connections += 1 } }

    func next(max: Int) -> [OutgoingMessage] {
        state.withLock { state in
            if state.mustRewind {
                guard state.inFlight.isEmpty else { return [] }
                state.rewind()
            }
            let taken = Array(state.messages[state.cursor...].prefix(max))
            state.cursor += taken.count
            state.inFlight.formUnion(taken.map(\.publishID))
            state.published += taken.count
            return taken
        }
    }

    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)]) {
        state.withLock { state in
            for (publishID, outcome) in outcomes {
                state.outcomes[publishID, default: []].append(outcome)
                state.inFlight.remove(publishID)
                if outcome == .confirmed {
                    state.confirmed.insert(publishID)
                } else if republishes {
                    state.mustRewind = true
                }
            }
        }
    }

    func reasonToReopen() -> String? {
        state.withLock { state in
            defer { state.reasonToReopen = nil }
            return state.reasonToReopen
        }
    }

    func disconnected() {
        state.withLock { state in
            state.disconnections += 1
            state.inFlight = []
            state.rewind()
        }
    }
}
