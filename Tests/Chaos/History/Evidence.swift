import Contracts

/// A history in the orders in which the rules read it: each message once, streams by their numbers, effects by the
/// trace of their cause. With several partitions an application's list is in one stream, and what its volunteers are
/// told in as many as there are partitions: only commands order what happens in different ones.
struct Evidence {
    /// What one service says to another, or to the world: a course, and by partitions the lanes on it.
    struct Course: Hashable {
        let producer: ServiceName
        /// Nil: the world.
        let consumer: ServiceName?

        static let toWaitlist = Course(producer: .application, consumer: .waitlist)
        static let toApplication = Course(producer: .waitlist, consumer: .application)
        static let toNotifier = Course(producer: .application, consumer: .notifier)
        static let toWorld = Course(producer: .notifier, consumer: nil)
        /// Commands on their way to the process that owns their application.
        static let forwarded = Course(producer: .application, consumer: .application)
    }

    /// One producer partition's messages to one consumer partition, in the order of their numbers.
    struct Lane {
        let name: String
        let producer: Address
        let consumer: Address?
        var sightings: [Sighting] = []
    }

    let history: History
    private let courses: [Course: [Lane]]
    /// What the gate did, by trace.
    private let effects: [String: [(lane: StreamName, message: Message)]]

    init(_ history: History) {
        self.history = history
        courses = Self.courses(of: history)
        var effects: [String: [(lane: StreamName, message: Message)]] = [:]
        for lane in [Course.toWaitlist, .toNotifier].flatMap({ [courses] in courses[$0] ?? [] }) {
            guard let consumer = lane.consumer else { continue }
            let name = StreamName(producer: lane.producer, consumer: consumer)
            for sighting in lane.sightings {
                guard let trace = sighting.trace, let message = sighting.message else { continue }
                effects[trace, default: []].append((name, message))
            }
        }
        self.effects = effects
    }

    private static func courses(of history: History) -> [Course: [Lane]] {
        var seen: Set<String> = []
        var lanes: [String: [(number: Int64, sighting: Sighting)]] = [:]
        for sighting in history.sightings where sighting.producer != nil {
            guard seen.insert(sighting.messageID).inserted, let place = sighting.place else { continue }
            lanes[String(place.lane), default: []].append((place.number, sighting))
        }
        var courses: [Course: [Lane]] = [:]
        for (name, numbered) in lanes.sorted(by: { $0.key < $1.key }) {
            let ends = name.split(separator: ">").map { Address(parsing: String($0)) }
            guard ends.count == 2, let producer = ends[0] else { continue }
            let sightings = numbered.sorted { $0.number < $1.number }.map(\.sighting)
            courses[Course(producer: producer.service, consumer: ends[1]?.service), default: []]
                .append(Lane(name: name, producer: producer, consumer: ends[1], sightings: sightings))
        }
        return courses
    }

    var allLanes: [Lane] { courses.values.flatMap(\.self).sorted { $0.name < $1.name } }

    func lanes(_ course: Course) -> [Lane] { courses[course] ?? [] }

    /// Those of all lanes, one lane after the other: whatever concerns one application, or one user, is on one of them.
    func sightings(_ course: Course) -> [Sighting] { lanes(course).flatMap(\.sightings) }

    /// What the gate said to the waiting list because of this command.
    func toWaitlist(becauseOf command: Command) -> [Message] {
        (effects[command.trace] ?? []).compactMap { $0.lane.consumer.service == .waitlist ? $0.message : nil }
    }

    /// What it had users told because of this command.
    func told(becauseOf command: Command) -> [Message] {
        (effects[command.trace] ?? []).compactMap { $0.lane.consumer.service == .notifier ? $0.message : nil }
    }

    /// How often each of NotifierService's partitions heard of this because of the command: all know all applications.
    func broadcasts(_ action: Action, becauseOf command: Command) -> [Int] {
        var counts = Array(repeating: 0, count: max(1, history.conditions.partitions))
        for (lane, message) in effects[command.trace] ?? []
        where lane.consumer.service == .notifier && message.action == action {
            let number = lane.consumer.partition.number
            if counts.indices.contains(number) { counts[number] += 1 }
        }
        return counts
    }
}

extension Message {
    var spotStatus: SpotStatusRecord? { if case .spotStatus(let record) = self { record } else { nil } }

    /// The status it tells this volunteer.
    func tells(_ volunteer: ID, _ status: SpotStatus) -> Bool {
        spotStatus.map { $0.userID == volunteer && $0.status == status } ?? false
    }
}
