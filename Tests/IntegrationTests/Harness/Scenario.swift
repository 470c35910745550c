import Contracts
import TestSupport
import Testing

/// A sequence of commands that is long enough for a fault in its middle: one application, more volunteers than spots,
/// and at the end some of the confirmed decline, so that all waiting volunteers hear of a spot.
struct Scenario {
    let application: ID
    var spots = 5
    var volunteers = 25
    var decliners = 2

    /// With few commands.
    static func small(_ name: String) -> Scenario {
        Scenario(application: .trusted(name), spots: 2, volunteers: 8, decliners: 1)
    }

    /// Each command has its own message_id.
    var commands: [(message: Message, id: String)] {
        let create = Message.create(.sample(application, spots: spots))
        let accepts = (1...volunteers).map { Message.accepted(Self.volunteer($0), application) }
        let declines = (1...decliners).map { Message.declined(Self.volunteer($0), application) }
        return ([create] + accepts + declines).enumerated().map { ($1, "\(application)-\($0)") }
    }

    static func volunteer(_ number: Int) -> ID { .trusted("v\(number)") }

    /// Publishes the commands one by one, each after the confirm of the one before, so that the services need many
    /// commits.
    func send(_ range: Range<Int>? = nil, to system: TestSystem) async throws {
        let commands = commands
        for command in commands[range ?? commands.indices] {
            try await system.publishUntilConfirmed(command.message, messageID: command.id)
        }
    }

    /// Checks that each volunteer gets the right spot status records, each once.
    func expectOutcome(
        on system: TestSystem, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let waiting = volunteers - spots
        try await system.waitUntil("\(waiting) volunteers are notified that they wait, and of a spot") {
            system.statusRecords(.available, about: application).count >= waiting
                && system.statusRecords(.waiting, about: application).count >= waiting
        }
        try await system.quiesce()
        for number in 1...volunteers {
            let statuses = system.statuses(of: Self.volunteer(number), about: application)
            let expected: [SpotStatus] = number <= spots ? [.confirmed] : [.waiting, .available]
            #expect(statuses == expected, "volunteer \(number)", sourceLocation: sourceLocation)
        }
        // Per volunteer, because messages to several notifier partitions are recorded in no particular order.
        for record in system.statusRecords(.waiting, about: application) {
            let volunteer = record.position.map { Self.volunteer(spots + $0) }
            #expect(volunteer == record.userID, "\(record)", sourceLocation: sourceLocation)
        }
    }
}
