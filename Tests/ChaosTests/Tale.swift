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
        publish(message, from: "application.p00", to: "application.p00>waitlist.p00", trace: trace)
    }

    mutating func toNotifier(_ message: Message, _ trace: String) {
        publish(message, from: "application.p00", to: "application.p00>notifier.p00", trace: trace)
    }

    mutating func toApplication(_ message: Message, _ trace: String) {
        publish(message, from: "waitlist.p00", to: "waitlist.p00>application.p00", trace: trace)
    }

    mutating func write(_ kind: NotificationKind, to volunteer: ID, _ trace: String = Self.trace(0)) {
        let letter = Contracts.Notification(
            userID: volunteer, message: "…", timestamp: .instant(Self.start), kind: kind, applicationID: Self.a)
        publish(
            .notification(letter), from: "notifier.p00", to: "notifier.p00>notifications", trace: trace,
            exchange: Exchange.notifications)
    }

    /// What the gate has a user told, and the user's letter.
    mutating func tell(
        _ volunteer: ID, _ status: SpotStatus, _ trace: String, position: Int? = nil, letter: Bool = true
    ) {
        let record = SpotStatusRecord(
            applicationID: Self.a, userID: volunteer, status: status, timestamp: .instant(Self.start),
            position: position)
        toNotifier(.spotStatus(record), trace)
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
    mutating func round(_ volunteers: [ID], release: Int, _ trace: String) {
        toApplication(
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: Self.a, availableSpots: 1, waitingVolunteers: volunteers, release: release,
                    expiresAt: .instant(Self.start.advanced(by: .seconds(5))), seen: sent, more: nil)),
            trace)
    }

    mutating func dropOut(_ volunteer: ID, reserving spots: Int, release: Int) {
        let command = decline(volunteer)
        toNotifier(command.message!, command.trace)
        reserve(spots, release: release, command.trace)
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
