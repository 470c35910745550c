import ChaosHistory
import Contracts
import Foundation

/// A history that a test makes up: what the world says, what the services answer, and in the end subcommands that fit.
/// The verbs do what the services should; a test leaves out or repeats one of them.
struct Tale {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let a: ID = .trusted("a")

    var history = History()
    private var numbers: [String: Int64] = [:]
    private var sent = 0
    private var seen = 0

    init(_ conditions: Conditions = Conditions()) { history.conditions = conditions }

    // MARK: - The world

    /// Sends a command that the gate will answer; its trace.
    mutating func say(_ message: Message) -> Command {
        let command = Command(.message(message), number: history.commands.count, seed: 7)
        history.commands.append(command)
        history.sightings.append(
            Sighting(
                exchange: command.exchange, routingKey: command.routingKey, messageID: command.messageID,
                traceparent: command.traceparent, body: command.bytes))
        return command
    }

    mutating func accept(_ volunteer: ID) -> Command { respond(volunteer, .accepted) }
    mutating func decline(_ volunteer: ID) -> Command { respond(volunteer, .declined) }

    private mutating func respond(_ volunteer: ID, _ status: ResponseStatus) -> Command {
        say(.response(VolunteerResponse(volunteerID: volunteer, applicationID: Self.a, status: status)))
    }

    // MARK: - The services

    /// Publishes as a service does; the number is the next of its lane.
    mutating func publish(
        _ message: Message, from producer: String, to lane: String, trace: String, exchange: String = Exchange.waiting
    ) {
        numbers[lane, default: 0] += 1
        let number = numbers[lane, default: 0]
        let isStream = !lane.hasSuffix(">notifications")
        history.sightings.append(
            Sighting(
                exchange: exchange, routingKey: message.action.rawValue, messageID: "\(lane)/1/\(number)",
                producer: producer, stream: isStream ? lane : nil, epoch: isStream ? 1 : nil,
                seq: isStream ? number : nil, traceparent: "00-\(trace)-0000000000000001-01",
                body: message.encoded()))
    }

    mutating func toWaitlist(_ message: Message, _ trace: String) {
        sent += 1
        publish(message, from: gate.name, to: "\(gate.name)>waitlist.\(gate.partition.name)", trace: trace)
    }

    /// What is for everybody goes to every partition.
    mutating func toNotifier(_ message: Message, _ trace: String, of user: ID? = nil) {
        for notifier in user.map({ [self.notifier(of: $0)] }) ?? notifiers {
            publish(message, from: gate.name, to: "\(gate.name)>\(notifier.name)", trace: trace)
        }
    }

    mutating func toApplication(_ message: Message, _ trace: String) {
        let waitlist = "waitlist.\(gate.partition.name)"
        publish(message, from: waitlist, to: "\(waitlist)>\(gate.name)", trace: trace)
    }

    mutating func write(
        _ kind: NotificationKind, to volunteer: ID, _ trace: String = Self.trace(0), at time: Timestamp = Self.start
    ) {
        let letter = UserNotification(
            userID: volunteer, message: "…", timestamp: .instant(time), kind: kind, applicationID: Self.a)
        let notifier = notifier(of: volunteer).name
        publish(
            .notification(letter), from: notifier, to: "\(notifier)>notifications", trace: trace,
            exchange: Exchange.notifications)
    }

    /// Who decides about the application.
    private var gate: Address {
        Address(service: .application, partition: .of(Self.a, count: history.conditions.partitions))
    }

    private var notifiers: [Address] {
        (0..<history.conditions.partitions).map { Address(service: .notifier, partition: Partition(number: $0)) }
    }

    private func notifier(of user: ID) -> Address {
        Address(service: .notifier, partition: .of(user, count: history.conditions.partitions))
    }

    /// What the gate has a user told, and the user's letter.
    mutating func tell(
        _ volunteer: ID, _ status: SpotStatus, _ trace: String, position: Int? = nil, letter: Bool = true
    ) {
        let record = SpotStatusRecord(
            applicationID: Self.a, userID: volunteer, status: status, timestamp: .instant(Self.start),
            position: position)
        toNotifier(.spotStatus(record), trace, of: volunteer)
        guard letter else { return }
        let kinds: [SpotStatus: NotificationKind] = [
            .available: .spotAvailable, .notChosen: .notChosen, .confirmed: .confirmed, .waiting: .waiting,
            .cancelled: .cancelled, .refused: .refused,
        ]
        if let kind = kinds[status] { write(kind, to: volunteer, trace) }
    }

    static func trace(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "f" + String(repeating: "0", count: 31 - digits.count) + digits
    }

    // MARK: - What happens in one go

    mutating func create(spots: Int, startsIn start: Duration = .seconds(30 * 86_400)) {
        let (date, time) = CivilClock.civil(Self.start.advanced(by: start), in: .gmt)
        let create = Message.create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: Self.a, availableSpots: spots, description: "", name: "a",
                date: date, startTime: time, endTime: time, timeZone: "UTC"))
        let command = say(create)
        toWaitlist(create, command.trace)
        toNotifier(create, command.trace)
    }

    mutating func confirm(_ volunteer: ID) {
        let command = accept(volunteer)
        tell(volunteer, .confirmed, command.trace)
    }

    mutating func wait(_ volunteer: ID, at position: Int) {
        let command = accept(volunteer)
        toWaitlist(
            .waiting(VolunteerWaiting(volunteerID: volunteer, applicationID: Self.a, timestamp: nil)), command.trace)
        list(volunteer, at: position, command.trace)
    }

    mutating func list(_ volunteer: ID, at position: Int, _ trace: String) {
        toApplication(
            .waitingListRecord(
                WaitingListRecord(
                    userID: volunteer, applicationID: Self.a, timestamp: .instant(Self.start), position: position)),
            trace)
        tell(volunteer, .waiting, trace, position: position)
    }

    mutating func reserve(_ spots: Int, release: Int, _ trace: String) {
        toWaitlist(
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: Self.a, availableSpots: spots, waitingVolunteers: [], release: release,
                    expiresAt: nil, seen: nil, more: nil)),
            trace)
    }

    /// WaitlistService names these people, having read all that was sent.
    mutating func round(
        _ volunteers: [ID], release: Int, _ trace: String, until end: Timestamp = Self.start.advanced(by: .seconds(5))
    ) {
        toApplication(
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: Self.a, availableSpots: 1, waitingVolunteers: volunteers, release: release,
                    expiresAt: .instant(end), seen: sent, more: nil)),
            trace)
    }

    /// The capacity changes, and what was free before is reserved.
    mutating func resize(to spots: Int, reserving reserved: Int, release: Int) {
        let update = Message.update(UpdateVolunteerApplication(applicationID: Self.a, availableSpots: spots))
        let command = say(update)
        toWaitlist(update, command.trace)
        toNotifier(update, command.trace)
        if reserved > 0 { reserve(reserved, release: release, command.trace) }
    }

    mutating func dropOut(_ volunteer: ID, reserving spots: Int, release: Int) {
        let command = decline(volunteer)
        toNotifier(command.message!, command.trace, of: volunteer)
        if spots > 0 { reserve(spots, release: release, command.trace) }
    }

    /// The application gets another name, or another start, which these people are told.
    mutating func rename(to name: String, telling people: [ID]) {
        change(UpdateVolunteerApplication(applicationID: Self.a, name: name), telling: people, at: Self.start)
    }

    mutating func move(to start: Timestamp, telling people: [ID], at time: Timestamp) {
        let (date, civil) = CivilClock.civil(start, in: .gmt)
        change(
            UpdateVolunteerApplication(applicationID: Self.a, date: date, startTime: civil, timeZone: "UTC"),
            telling: people, at: time)
    }

    private mutating func change(_ update: UpdateVolunteerApplication, telling people: [ID], at time: Timestamp) {
        let command = say(.update(update))
        toWaitlist(.update(update), command.trace)
        toNotifier(.update(update), command.trace)
        for person in people { write(.changed, to: person, command.trace, at: time) }
    }

    mutating func cancel(telling people: [ID]) {
        let cancel = Message.cancel(CancelVolunteerApplication(applicationID: Self.a))
        let command = say(cancel)
        toWaitlist(cancel, command.trace)
        toNotifier(cancel, command.trace)
        for person in people { tell(person, .cancelled, Self.trace(99)) }
    }

    mutating func claim(_ volunteer: ID, release: Int) {
        let command = accept(volunteer)
        tell(volunteer, .confirmed, command.trace)
        toWaitlist(command.message!, command.trace)
        reserve(0, release: release, command.trace)
    }

    // MARK: - The end

    /// Subcommands that fit what was said.
    mutating func end(applied: Int? = nil) {
        for service in ServiceName.allCases { history.endings[service] = History.Ending() }
        var streamed: [ServiceName: Int] = [:]
        for (lane, number) in numbers {
            guard let stream = StreamName(parsing: lane) else { continue }
            let out = History.Standing(stream: lane, leadsOut: true, epoch: 1, last: number)
            let into = History.Standing(stream: lane, leadsOut: false, epoch: 1, last: number)
            history.endings[stream.producer.service]?.streams.append(out)
            history.endings[stream.consumer.service]?.streams.append(into)
            streamed[stream.consumer.service, default: 0] += Int(number)
        }
        for service in ServiceName.allCases {
            let foreign = service == .application ? applied ?? history.commands.count : 0
            let count = streamed[service, default: 0] + foreign
            history.endings[service]?.counters = ["applied": count, "accepted": count]
        }
        let letters = history.sightings.filter(\.isLetter)
        history.endings[.notifier]?.counters["notified"] = letters.count
        history.endings[.notifier]?.counters["reminded"] = letters.count { sighting in
            if case .notification(let letter) = sighting.message { letter.kind == .reminder } else { false }
        }
        history.endedAt = Self.start.advanced(by: .seconds(3600))
    }

    /// The names of what the checker holds against it.
    var objections: Set<Objection.Name> { Set(Checker.objections(to: history).map(\.name)) }
}
