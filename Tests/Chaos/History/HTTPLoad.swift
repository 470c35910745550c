package import Contracts
import Foundation
import SeededRandom

/// The load over HTTP. Each client sends its requests one after the other, for applications of its own: what happens to
/// these is the effect of requests in a known order.
package struct HTTPLoad: Sendable {
    package struct Step: Sendable, Hashable {
        /// Since the beginning of the run. A step that is late is taken as soon as possible.
        package let at: Duration
        package let command: Command
        package let purpose: HTTPExchange.Purpose
        /// How long the client waits for an answer before it sends the request again.
        package let patience: Duration
    }

    private struct KnownApplication {
        let id: ID
        var spots: Int
        var isCancelled = false
    }

    /// Commands that arrive by the broker have lower numbers.
    private static let firstNumber = 1_000_000
    private static let clients = 4
    private static let volunteers = 10
    /// Between two requests of a client, on average.
    private static let pace: Duration = .milliseconds(500)
    private static let distantStart: Duration = .seconds(30 * 86_400)

    /// The steps of each client.
    package private(set) var clients: [[Step]] = []

    private let seed: UInt64
    private let begins: Timestamp
    private let rules: ZoneRules
    /// A key of a create may be stored in any partition, so one process must serve all of them.
    private let createsHaveKeys: Bool
    private var random: SeededGenerator
    private var number = Self.firstNumber

    /// Larger than every command's number.
    var nextNumber: Int { number + 1 }

    package init(seed: UInt64, begins: Timestamp, length: Duration, conditions: Conditions) {
        self.seed = seed
        self.begins = begins
        rules = TimeZoneDatabase.system.rules(named: conditions.zone) ?? .gmt
        createsHaveKeys = !conditions.isSplit
        random = SeededGenerator(seed: seed ^ 0x4177)
        for client in 0..<Self.clients { clients.append(steps(of: client, length)) }
    }

    private mutating func steps(of client: Int, _ length: Duration) -> [Step] {
        var steps: [Step] = []
        var now: Duration = .milliseconds(500 + 100 * client)
        var known: [KnownApplication] = []
        while now < length {
            let step = known.isEmpty ? open(client, &known, at: now) : next(client, &known, after: steps, at: now)
            steps.append(step)
            now += random.milliseconds(in: 0...(2 * Int(Self.pace / .milliseconds(1))))
        }
        return steps
    }

    private mutating func next(
        _ client: Int, _ known: inout [KnownApplication], after steps: [Step], at time: Duration
    ) -> Step {
        let index = known.indices.last ?? 0
        let id = known[index].id
        switch random.int(in: 1...100) {
        case ...45: return step(respond("w\(random.int(in: 1...Self.volunteers))", id, .accepted), at: time)
        case ...62: return step(respond("w\(random.int(in: 1...Self.volunteers))", id, .declined), at: time)
        // Without a key, and by somebody who sends nothing else: repeating it changes nothing.
        case ...70: return step(respond("once-\(number)", id, .accepted), hasKey: false, at: time)
        case ...78: return again(.replay, steps, about: id, at: time)
        case ...84: return again(.otherBody, steps, about: id, at: time)
        case ...91:
            known[index].spots = max(1, known[index].spots + random.element(of: [-20, -2, -1, 1, 2, 20]))
            let update = UpdateVolunteerApplication(applicationID: id, availableSpots: known[index].spots)
            return step(.update(update), at: time)
        case ...93:
            let update = UpdateVolunteerApplication(applicationID: id, name: "\(id) \(number)")
            return step(.update(update), at: time)
        case ...95: return step(respond("w1", .trusted("nowhere-\(client)"), .accepted), at: time)
        case ...97 where !known[index].isCancelled:
            known[index].isCancelled = true
            return step(.cancel(CancelVolunteerApplication(applicationID: id, reason: "chaos")), at: time)
        default: return open(client, &known, at: time)
        }
    }

    private mutating func open(_ client: Int, _ known: inout [KnownApplication], at time: Duration) -> Step {
        let id = ID.trusted("h\(client)-\(number)")
        let spots = random.int(in: 1...3)
        known.append(KnownApplication(id: id, spots: spots))
        let start = begins.advanced(by: Self.distantStart)
        let (date, startTime) = CivilClock.civil(start, in: rules)
        let (_, endTime) = CivilClock.civil(start.advanced(by: .seconds(7200)), in: rules)
        return step(
            .create(
                CreateVolunteerApplication(
                    fundID: .trusted("1"), applicationID: id, availableSpots: spots, description: "chaos",
                    name: "\(id)", date: date, startTime: startTime, endTime: endTime, timeZone: nil)),
            hasKey: createsHaveKeys, at: time)
    }

    /// The key of an earlier command once more; a new response while no command has had a key.
    private mutating func again(
        _ purpose: HTTPExchange.Purpose, _ steps: [Step], about id: ID, at time: Duration
    ) -> Step {
        let earlier = steps.filter { $0.purpose == .command(hasKey: true) }
        guard !earlier.isEmpty else { return step(respond("w1", id, .accepted), at: time) }
        let command = random.element(of: Array(earlier.suffix(12))).command
        return Step(at: time, command: command, purpose: purpose, patience: patience())
    }

    private mutating func step(_ message: Message, hasKey: Bool = true, at time: Duration) -> Step {
        number += 1
        let command = Command(.message(message), number: number, seed: seed, door: .http)
        return Step(at: time, command: command, purpose: .command(hasKey: hasKey), patience: patience())
    }

    /// Some clients give up before a slow commit has ended.
    private mutating func patience() -> Duration { random.chance(percent: 20) ? .milliseconds(30) : .seconds(2) }

    private func respond(_ volunteer: String, _ id: ID, _ status: ResponseStatus) -> Message {
        .response(VolunteerResponse(volunteerID: .trusted(volunteer), applicationID: id, status: status))
    }
}
