import Contracts
import SeededRandom

/// An application with more than a thousand who wait: what concerns them all is long work, of several steps in every
/// service. Offers to all is what makes it so; asked few by few, they would take the whole night.
struct Crowd {
    /// A moment at which this service has long work to do.
    struct Beat {
        let at: Duration
        let service: ServiceName
    }

    /// More than one step of any service: they take up to 1000 at a time.
    static let size = 1100
    static let application: ID = .trusted("crowd")

    private static let begins: Duration = .seconds(2)
    private static let first: Duration = .seconds(8)
    /// Each time round thousands of messages more.
    private static let period: Duration = .seconds(20)
    /// Since a beat's round: more spots, so that all are offered one; claims, so that all but those lose theirs; a new
    /// name, which all are told.
    private static let steps: [(offset: Duration, service: ServiceName)] = [
        (.zero, .waitlist), (.seconds(2), .application), (.seconds(4), .notifier),
    ]

    let beats: [Beat]
    private var spots = 1
    private var random: SeededGenerator

    init(seed: UInt64, length: Duration) {
        random = SeededGenerator(seed: seed ^ 0xC401D)
        var beats: [Beat] = []
        var round = Self.first
        while round + Self.period / 2 < length {
            beats += Self.steps.map { Beat(at: round + $0.offset, service: $0.service) }
            round += Self.period
        }
        self.beats = beats
    }

    /// What the world says of it, and when: one holds the only spot, the others wait, and then beat by beat.
    mutating func write(_ create: (ID, Int) -> Message) -> [(at: Duration, message: Message)] {
        guard !beats.isEmpty else { return [] }
        let messages = [create(Self.application, spots), accept("holder")] + (1...Self.size).map { accept("c\($0)") }
        return messages.map { (Self.begins, $0) } + beats.flatMap { beat in speak(on: beat).map { (beat.at, $0) } }
    }

    private mutating func speak(on beat: Beat) -> [Message] {
        switch beat.service {
        case .waitlist:
            spots += 1
            return [.update(UpdateVolunteerApplication(applicationID: Self.application, availableSpots: spots))]
        case .application:
            // More than one, so that the promised spot goes even if the first of them has one already.
            return (1...3).map { _ in accept("c\(random.int(in: 1...Self.size))") }
        case .notifier:
            let name = "crowd at \(beat.at.components.seconds)"
            return [.update(UpdateVolunteerApplication(applicationID: Self.application, name: name))]
        }
    }

    private func accept(_ volunteer: String) -> Message {
        .response(
            VolunteerResponse(volunteerID: .trusted(volunteer), applicationID: Self.application, status: .accepted))
    }
}
