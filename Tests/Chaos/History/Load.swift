import Contracts
import Foundation
import SeededRandom

/// The load of a plan: commands of funds and volunteers for several applications at a time, chosen at random.
struct Load {
    /// An application as the commands sent so far describe it.
    private struct KnownApplication {
        let id: ID
        var spots: Int
        /// Starts within the run, so that reminders are sent and responses end.
        var isNear: Bool
        var isCancelled = false
    }

    private static let applications = 6
    private static let volunteers = 24
    /// The average number of commands per second.
    private static let rate = 16
    /// Later than any clock shows during a run.
    private static let distantStart: Duration = .seconds(30 * 86_400)

    private let seed: UInt64
    private let begins: Timestamp
    private let length: Duration
    /// `TIME_ZONE`.
    private let zone: String
    private let rules: ZoneRules
    private var random: SeededGenerator
    private var known: [KnownApplication] = []
    private var commands: [Plan.ScheduledCommand] = []
    /// The commands for the application with a long list, the next one last; empty if the run has none.
    private var longList: [(at: Duration, message: Message)] = []

    init(seed: UInt64, begins: Timestamp, length: Duration, zone: String, longList: LongListLoad?) {
        self.zone = zone
        rules = TimeZoneDatabase.system.rules(named: zone) ?? .gmt
        self.seed = seed
        self.begins = begins
        self.length = length
        random = SeededGenerator(seed: seed)
        var longList = longList
        self.longList = longList?.generate { create($0, spots: $1, startsIn: Self.distantStart) }.reversed() ?? []
    }

    mutating func generate() -> [Plan.ScheduledCommand] {
        var now = Duration.zero
        for _ in 0..<Self.applications { open(at: now) }
        while now < length {
            while let next = longList.last, next.at <= now {
                send(.message(next.message), at: now)
                longList.removeLast()
            }
            // Occasional bursts, so that some commits are large.
            let burst = random.chance(percent: 4) ? random.int(in: 10...40) : 1
            for _ in 0..<burst { sendRandomCommand(at: now) }
            now += random.milliseconds(in: 0...(2000 * burst / Self.rate))
        }
        return commands
    }

    private mutating func send(_ body: Command.Body, at time: Duration) {
        commands.append(Plan.ScheduledCommand(at: time, command: Command(body, number: commands.count, seed: seed)))
    }

    private mutating func sendRandomCommand(at time: Duration) {
        let index = random.int(in: 0...known.count - 1)
        switch random.int(in: 1...1000) {
        case ...620: respond(.accepted, known[index].id, at: time)
        case ...800: respond(.declined, known[index].id, at: time)
        case ...860: resize(index, at: time)
        case ...890: rename(index, at: time)
        case ...920: move(index, at: time)
        case ...935: cancel(index, at: time)
        case ...950: open(at: time)
        case ...960: respond(.accepted, .trusted("nowhere"), at: time)
        case ...970: send(.message(create(known[index].id, spots: 7, startsIn: .seconds(9000))), at: time)
        case ...985: forge(known[index].id, at: time)
        default:
            send(.garbage(random.element(of: ["", "{", "null", "{\"action\":\"volunteer_response\"}", "ж"])), at: time)
        }
    }

    private mutating func volunteer() -> ID { .trusted("v\(random.int(in: 1...Self.volunteers))") }

    private mutating func respond(_ status: ResponseStatus, _ id: ID, at time: Duration) {
        let volunteer = volunteer()
        if status == .accepted, random.chance(percent: 5) {
            // The customer's other message for the same wish.
            return send(
                .message(.waiting(VolunteerWaiting(volunteerID: volunteer, applicationID: id, timestamp: nil))),
                at: time)
        }
        send(
            .message(.response(VolunteerResponse(volunteerID: volunteer, applicationID: id, status: status))),
            at: time)
    }

    /// Creates an application; the oldest is no longer used.
    private mutating func open(at time: Duration) {
        let isNear = random.chance(percent: 40) && hasTime(for: time)
        let id = ID.trusted("a\(commands.count)")
        let spots = random.int(in: 1...6)
        // Within the run: late enough for some responses, early enough for the reminders.
        let start =
            isNear ? time + .seconds(random.int(in: 24...40)) : Self.distantStart + .seconds(random.int(in: 0...86_400))
        send(.message(create(id, spots: spots, startsIn: start)), at: time)
        if known.count >= Self.applications { known.removeFirst() }
        known.append(KnownApplication(id: id, spots: spots, isNear: isNear))
    }

    /// An application that starts during the run must start well before its end: nothing falls due later.
    private func hasTime(for now: Duration) -> Bool { now + .seconds(40) < length }

    private func create(_ id: ID, spots: Int, startsIn start: Duration) -> Message {
        let (date, startTime) = CivilClock.civil(begins.advanced(by: start), in: rules)
        let (_, endTime) = CivilClock.civil(begins.advanced(by: start + .seconds(7200)), in: rules)
        return .create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: id, availableSpots: spots, description: "chaos", name: "\(id)",
                date: date, startTime: startTime, endTime: endTime, timeZone: nil))
    }

    private mutating func resize(_ index: Int, at time: Duration) {
        known[index].spots = max(1, known[index].spots + random.element(of: [-30, -2, -1, 0, 1, 2, 30]))
        let update = UpdateVolunteerApplication(applicationID: known[index].id, availableSpots: known[index].spots)
        send(.message(.update(update)), at: time)
    }

    private mutating func rename(_ index: Int, at time: Duration) {
        let id = known[index].id
        send(
            .message(.update(UpdateVolunteerApplication(applicationID: id, name: "\(id) \(commands.count)"))), at: time)
    }

    /// Moves the start: mostly to another distant day, sometimes into the run or out of it.
    private mutating func move(_ index: Int, at time: Duration) {
        known[index].isNear = random.chance(percent: 20) && hasTime(for: time)
        let start: Duration = known[index].isNear ? time + .seconds(random.int(in: 24...40)) : .seconds(40 * 86_400)
        let moved = begins.advanced(by: start + .seconds(random.int(in: 0...86_400) * (known[index].isNear ? 0 : 1)))
        // Some applications get a zone of their own.
        let name = random.element(of: [zone, "Asia/Kathmandu"])
        let (date, startTime) = CivilClock.civil(moved, in: TimeZoneDatabase.system.rules(named: name) ?? .gmt)
        let update = UpdateVolunteerApplication(
            applicationID: known[index].id, date: date, startTime: startTime, timeZone: name)
        send(.message(.update(update)), at: time)
    }

    private mutating func cancel(_ index: Int, at time: Duration) {
        let id = known[index].id
        send(.message(.cancel(CancelVolunteerApplication(applicationID: id, reason: "chaos"))), at: time)
        // A cancelled application still gets some commands; the second cancel replaces it.
        if known[index].isCancelled { open(at: time) } else { known[index].isCancelled = true }
    }

    private mutating func forge(_ id: ID, at time: Duration) {
        if random.chance(percent: 50) {
            let round = NotifyFreeSpot(
                applicationID: id, availableSpots: 1, waitingVolunteers: [volunteer()], release: 1, expiresAt: nil,
                seen: nil, more: nil)
            return send(.message(.notifyFreeSpot(round)), at: time)
        }
        let record = SpotStatusRecord(
            applicationID: id, userID: volunteer(), status: .confirmed, timestamp: .instant(begins))
        send(.message(.spotStatus(record)), at: time)
    }
}
