import Contracts
import Foundation
import SeededRandom

/// The load of a plan: several applications at a time, and what their funds and volunteers say, at random.
struct Load {
    /// An application as far as the world knows that it wrote it.
    private struct Known {
        let id: ID
        var spots: Int
        /// Starts within the run, so that reminders and the end of responses come.
        var isNear: Bool
        var isCancelled = false
    }

    private static let applications = 6
    private static let volunteers = 24
    /// Commands in a second, on average.
    private static let rate = 16
    /// Beyond what any clock shows in a run.
    private static let far: Duration = .seconds(30 * 86_400)

    private let seed: UInt64
    private let begins: Timestamp
    private let length: Duration
    private var random: SeededGenerator
    private var known: [Known] = []
    private var lines: [Plan.Line] = []
    /// What is said of the crowd, the next last; nothing where there is none.
    private var crowd: [(at: Duration, message: Message)] = []

    init(seed: UInt64, begins: Timestamp, length: Duration, crowd: Crowd?) {
        self.seed = seed
        self.begins = begins
        self.length = length
        random = SeededGenerator(seed: seed)
        var crowd = crowd
        self.crowd = crowd?.write { create($0, spots: $1, startsIn: Self.far) }.reversed() ?? []
    }

    mutating func write() -> [Plan.Line] {
        var now = Duration.zero
        for _ in 0..<Self.applications { open(at: now) }
        while now < length {
            while let next = crowd.last, next.at <= now {
                say(.message(next.message), at: now)
                crowd.removeLast()
            }
            // Now and then many at once, so that commits are large too.
            let burst = random.chance(percent: 4) ? random.int(in: 10...40) : 1
            for _ in 0..<burst { speak(at: now) }
            now += random.milliseconds(in: 0...(2000 * burst / Self.rate))
        }
        return lines
    }

    private mutating func say(_ body: Command.Body, at time: Duration) {
        lines.append(Plan.Line(at: time, command: Command(body, number: lines.count, seed: seed)))
    }

    private mutating func speak(at time: Duration) {
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
        case ...970: say(.message(create(known[index].id, spots: 7, startsIn: .seconds(9000))), at: time)
        case ...985: forge(known[index].id, at: time)
        default:
            say(.garbage(random.element(of: ["", "{", "null", "{\"action\":\"volunteer_response\"}", "ж"])), at: time)
        }
    }

    private mutating func volunteer() -> ID { .trusted("v\(random.int(in: 1...Self.volunteers))") }

    private mutating func respond(_ status: ResponseStatus, _ id: ID, at time: Duration) {
        let volunteer = volunteer()
        if status == .accepted, random.chance(percent: 5) {
            // The customer's other words for the same wish.
            return say(
                .message(.waiting(VolunteerWaiting(volunteerID: volunteer, applicationID: id, timestamp: nil))),
                at: time)
        }
        say(
            .message(.response(VolunteerResponse(volunteerID: volunteer, applicationID: id, status: status))),
            at: time)
    }

    /// A new application; the oldest makes room for it.
    private mutating func open(at time: Duration) {
        let isNear = random.chance(percent: 40) && hasTime(for: time)
        let id = ID.trusted("a\(lines.count)")
        let spots = random.int(in: 1...6)
        // Near ones: late enough for some responses, early enough for the reminders.
        let start = isNear ? time + .seconds(random.int(in: 24...40)) : Self.far + .seconds(random.int(in: 0...86_400))
        say(.message(create(id, spots: spots, startsIn: start)), at: time)
        if known.count >= Self.applications { known.removeFirst() }
        known.append(Known(id: id, spots: spots, isNear: isNear))
    }

    /// What starts in the run is over when it ends: nothing falls due after it.
    private func hasTime(for now: Duration) -> Bool { now + .seconds(40) < length }

    private func create(_ id: ID, spots: Int, startsIn start: Duration) -> Message {
        let (date, startTime) = CivilClock.civil(begins.advanced(by: start), in: .gmt)
        let (_, endTime) = CivilClock.civil(begins.advanced(by: start + .seconds(7200)), in: .gmt)
        return .create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: id, availableSpots: spots, description: "chaos", name: "\(id)",
                date: date, startTime: startTime, endTime: endTime, timeZone: "UTC"))
    }

    private mutating func resize(_ index: Int, at time: Duration) {
        known[index].spots = max(1, known[index].spots + random.int(in: -2...2))
        let update = UpdateVolunteerApplication(applicationID: known[index].id, availableSpots: known[index].spots)
        say(.message(.update(update)), at: time)
    }

    private mutating func rename(_ index: Int, at time: Duration) {
        let id = known[index].id
        say(.message(.update(UpdateVolunteerApplication(applicationID: id, name: "\(id) \(lines.count)"))), at: time)
    }

    /// Mostly to another far day; sometimes near, or from near to far.
    private mutating func move(_ index: Int, at time: Duration) {
        known[index].isNear = random.chance(percent: 20) && hasTime(for: time)
        let start: Duration = known[index].isNear ? time + .seconds(random.int(in: 24...40)) : .seconds(40 * 86_400)
        let moved = begins.advanced(by: start + .seconds(random.int(in: 0...86_400) * (known[index].isNear ? 0 : 1)))
        let (date, startTime) = CivilClock.civil(moved, in: .gmt)
        let update = UpdateVolunteerApplication(
            applicationID: known[index].id, date: date, startTime: startTime, timeZone: "UTC")
        say(.message(.update(update)), at: time)
    }

    private mutating func cancel(_ index: Int, at time: Duration) {
        let id = known[index].id
        say(.message(.cancel(CancelVolunteerApplication(applicationID: id, reason: "chaos"))), at: time)
        // A few words more to what is cancelled, then a new one.
        if known[index].isCancelled { open(at: time) } else { known[index].isCancelled = true }
    }

    private mutating func forge(_ id: ID, at time: Duration) {
        if random.chance(percent: 50) {
            let round = NotifyFreeSpot(
                applicationID: id, availableSpots: 1, waitingVolunteers: [volunteer()], release: 1, expiresAt: nil,
                seen: nil, more: nil)
            return say(.message(.notifyFreeSpot(round)), at: time)
        }
        let record = SpotStatusRecord(
            applicationID: id, userID: volunteer(), status: .confirmed, timestamp: .instant(begins))
        say(.message(.spotStatus(record)), at: time)
    }
}
