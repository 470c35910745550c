package import Contracts
import Foundation
import SeededRandom

/// The load under which services crash at crash points: in each round a small application, which exercises every
/// message, and if needed one with more than 1,000 waiting volunteers, whose changes are jobs in all three services.
package struct CrashPointLoad {
    private let seed: UInt64
    private let begins: Timestamp
    private var random: SeededGenerator
    /// The number of commands made so far.
    package private(set) var count = 0
    private var longListSpots = 1
    private var rounds = 0

    package init(seed: UInt64, begins: Timestamp) {
        self.seed = seed
        self.begins = begins
        random = SeededGenerator(seed: seed)
    }

    /// Which time the point is reached to crash.
    package mutating func occurrence() -> Int { random.int(in: 1...3) }

    /// One volunteer holds the only spot, the others wait.
    package mutating func longList() -> [Command] {
        [command(create("masses", spots: 1)), accept("holder", "masses")]
            + (1...LongListLoad.size).map { accept("m\($0)", "masses") }
    }

    /// - Parameter withMasses: whether to start jobs too: offers to all, `не выбрал` to all except one, a new name.
    package mutating func round(withJobs: Bool) -> [Command] {
        rounds += 1
        let id = "r\(rounds)"
        var commands = [command(create(id, spots: 2))]
        commands += (1...6).map { accept("v\($0)", id) }
        commands.append(decline("v1", id))
        commands.append(accept("v4", id))
        commands.append(command(.update(UpdateVolunteerApplication(applicationID: .trusted(id), name: "\(id) again"))))
        guard withJobs else { return commands }
        longListSpots += 1
        let mass = ID.trusted("masses")
        // The spot offered in the previous round is claimed, which notifies everyone else; then one more spot is
        // offered. Several volunteers claim, so that no spot stays reserved when rounds are faster than offers.
        commands += (1...3).map { _ in accept("m\(random.int(in: 1...LongListLoad.size))", "masses") }
        commands.append(
            command(.update(UpdateVolunteerApplication(applicationID: mass, availableSpots: longListSpots))))
        commands.append(command(.update(UpdateVolunteerApplication(applicationID: mass, name: "masses \(rounds)"))))
        return commands
    }

    private mutating func command(_ message: Message) -> Command {
        count += 1
        return Command(.message(message), number: count - 1, seed: seed)
    }

    private mutating func accept(_ volunteer: String, _ id: String) -> Command { respond(volunteer, id, .accepted) }
    private mutating func decline(_ volunteer: String, _ id: String) -> Command { respond(volunteer, id, .declined) }

    private mutating func respond(_ volunteer: String, _ id: String, _ status: ResponseStatus) -> Command {
        command(
            .response(
                VolunteerResponse(volunteerID: .trusted(volunteer), applicationID: .trusted(id), status: status)))
    }

    private func create(_ id: String, spots: Int) -> Message {
        let (date, time) = CivilClock.civil(begins.advanced(by: .seconds(30 * 86_400)), in: .gmt)
        return .create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: .trusted(id), availableSpots: spots, description: "points",
                name: id, date: date, startTime: time, endTime: time, timeZone: "UTC"))
    }
}
