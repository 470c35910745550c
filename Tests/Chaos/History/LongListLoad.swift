import Contracts
import SeededRandom

/// The load for an application with more than 1,000 waiting volunteers: changes that concern all of them are jobs of
/// several steps in every service. Used only with offers to all; with an offer factor, asking everyone would take
/// hours.
struct LongListLoad {
    /// A time at which a command starts a job in this service.
    struct JobTrigger {
        let at: Duration
        let service: ServiceName
    }

    /// More than one step of a job in any service: a step covers up to 1,000.
    static let size = 1100
    static let application: ID = .trusted("crowd")

    private static let begins: Duration = .seconds(2)
    private static let first: Duration = .seconds(8)
    /// Each round causes thousands of messages.
    private static let period: Duration = .seconds(20)
    /// Times within a round: an additional spot, which is offered to all; claims, by which all others lose the offer; a
    /// new name, of which all are notified.
    private static let steps: [(offset: Duration, service: ServiceName)] = [
        (.zero, .waitlist), (.seconds(2), .application), (.seconds(4), .notifier),
    ]

    let triggers: [JobTrigger]
    private var spots = 1
    private var random: SeededGenerator

    init(seed: UInt64, length: Duration) {
        random = SeededGenerator(seed: seed ^ 0xC401D)
        var triggers: [JobTrigger] = []
        var round = Self.first
        while round + Self.period / 2 < length {
            triggers += Self.steps.map { JobTrigger(at: round + $0.offset, service: $0.service) }
            round += Self.period
        }
        self.triggers = triggers
    }

    /// The commands and their times: one volunteer takes the only spot, the others wait, then the rounds follow.
    mutating func generate(_ create: (ID, Int) -> Message) -> [(at: Duration, message: Message)] {
        guard !triggers.isEmpty else { return [] }
        let messages = [create(Self.application, spots), accept("holder")] + (1...Self.size).map { accept("c\($0)") }
        return messages.map { (Self.begins, $0) }
            + triggers.flatMap { trigger in commands(at: trigger).map { (trigger.at, $0) } }
    }

    private mutating func commands(at trigger: JobTrigger) -> [Message] {
        switch trigger.service {
        case .waitlist:
            spots += 1
            return [.update(UpdateVolunteerApplication(applicationID: Self.application, availableSpots: spots))]
        case .application:
            // Several, so that the reserved spot is taken even if the first volunteer already has one.
            return (1...3).map { _ in accept("c\(random.int(in: 1...Self.size))") }
        case .notifier:
            let name = "crowd at \(trigger.at.components.seconds)"
            return [.update(UpdateVolunteerApplication(applicationID: Self.application, name: name))]
        }
    }

    private func accept(_ volunteer: String) -> Message {
        .response(
            VolunteerResponse(volunteerID: .trusted(volunteer), applicationID: Self.application, status: .accepted))
    }
}
