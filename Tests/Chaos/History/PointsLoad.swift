package import Contracts
import Foundation
import SeededRandom

/// The load under which services die at crash points: a small application of each round, which takes every message its
/// whole way, and one with more than a thousand who wait, whose changes are long work in all three services.
package struct PointsLoad {
    private let seed: UInt64
    private let begins: Timestamp
    private var random: SeededGenerator
    /// How many commands were made.
    package private(set) var count = 0
    private var massSpots = 1
    private var rounds = 0

    package init(seed: UInt64, begins: Timestamp) {
        self.seed = seed
        self.begins = begins
        random = SeededGenerator(seed: seed)
    }

    /// At which passing of a point to die.
    package mutating func number() -> Int { random.int(in: 1...3) }

    /// One holds the only spot, the others wait.
    package mutating func masses() -> [Command] {
        [command(create("masses", spots: 1)), accept("holder", "masses")]
            + (1...Crowd.size).map { accept("m\($0)", "masses") }
    }

    /// - Parameter withMasses: long work too: offers to all, the word to all but one that it is gone, a new name.
    package mutating func round(withMasses: Bool) -> [Command] {
        rounds += 1
        let id = "r\(rounds)"
        var commands = [command(create(id, spots: 2))]
        commands += (1...6).map { accept("v\($0)", id) }
        commands.append(decline("v1", id))
        commands.append(accept("v4", id))
        commands.append(command(.update(UpdateVolunteerApplication(applicationID: .trusted(id), name: "\(id) anew"))))
        guard withMasses else { return commands }
        massSpots += 1
        let mass = ID.trusted("masses")
        // What the round before offered is claimed, which all the others hear; then there is one spot more. More than
        // one claims, so that rounds quicker than the offers leave nothing promised in the end.
        commands += (1...3).map { _ in accept("m\(random.int(in: 1...Crowd.size))", "masses") }
        commands.append(command(.update(UpdateVolunteerApplication(applicationID: mass, availableSpots: massSpots))))
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
