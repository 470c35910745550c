import Contracts
import TestSupport
import Testing

/// A story long enough that something can happen in its middle: one application, more volunteers than spots, and at the
/// end some of the confirmed decline, so that all that wait are told of a spot.
struct Crowd {
    let application: ID
    var spots = 5
    var volunteers = 25
    var decliners = 2

    /// Each with a message_id of its own.
    var commands: [(message: Message, id: String)] {
        let create = Message.create(.sample(application, spots: spots))
        let accepts = (1...volunteers).map { Message.accepted(Self.volunteer($0), application) }
        let declines = (1...decliners).map { Message.declined(Self.volunteer($0), application) }
        return ([create] + accepts + declines).enumerated().map { ($1, "\(application)-\($0)") }
    }

    static func volunteer(_ number: Int) -> ID { .trusted("v\(number)") }

    /// One by one, each confirmed, so that what the services do is spread over many commits.
    func send(_ range: Range<Int>? = nil, to stage: Stage) async throws {
        let commands = commands
        for command in commands[range ?? commands.indices] {
            try await stage.insist(command.message, messageID: command.id)
        }
    }

    /// All are told what they must be, each thing once.
    func expectTold(
        on stage: Stage, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let waiting = volunteers - spots
        try await stage.expect("\(waiting) are told that they wait, and of a spot") {
            stage.told(.available, about: application).count >= waiting
                && stage.told(.waiting, about: application).count >= waiting
        }
        try await stage.quiesce()
        for number in 1...volunteers {
            let heard = stage.heard(Self.volunteer(number), about: application)
            let expected: [SpotStatus] = number <= spots ? [.confirmed] : [.waiting, .available]
            #expect(heard == expected, "volunteer \(number)", sourceLocation: sourceLocation)
        }
        // By volunteer: what goes to several notifier partitions is seen in no certain order.
        for record in stage.told(.waiting, about: application) {
            let place = record.position.map { Self.volunteer(spots + $0) }
            #expect(place == record.userID, "\(record)", sourceLocation: sourceLocation)
        }
    }
}
