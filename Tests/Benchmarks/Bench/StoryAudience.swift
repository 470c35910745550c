import Broker
import Contracts
import Synchronization

/// The volunteers of all stories of one round: reads the notifications, and lets the first in each story who is offered
/// the spot claim it.
final class StoryAudience: Sendable {
    private struct State {
        var told: [Story.Told]
        var notifications = 0
    }

    private let prefix: String
    private let claims: ScheduledPublisher
    private let state: Mutex<State>

    init(_ count: Int, prefix: String, claims: ScheduledPublisher) {
        self.prefix = prefix
        self.claims = claims
        state = Mutex(State(told: Array(repeating: Story.Told(), count: count)))
    }

    /// Messages that do not belong to this round are ignored.
    func receive(_ messages: [Message]) {
        let answers = state.withLock { state in
            messages.compactMap { message -> OutgoingMessage? in
                guard case .notification(let notification) = message,
                    let (story, volunteer) = Story.read(notification, prefix: prefix), story < state.told.count
                else { return nil }
                state.notifications += 1
                state.told[story].add(notification.kind, to: volunteer)
                guard notification.kind == .spotAvailable, state.told[story].claimant == nil else { return nil }
                state.told[story].claimant = volunteer
                return Story(prefix: prefix, number: story).claim(by: volunteer)
            }
        }
        if !answers.isEmpty { claims.publish(answers) }
    }

    /// How many notifications have come.
    var notifications: Int { state.withLock { $0.notifications } }

    /// - Throws: if a story has another outcome than it must have.
    func check() throws {
        let told = state.withLock { $0.told }
        guard let wrong = told.firstIndex(where: { !$0.isRight }) else { return }
        throw BenchError("story \(wrong) of \(told.count) ended otherwise: \(told[wrong])")
    }
}
