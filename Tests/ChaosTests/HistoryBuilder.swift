import ChaosHistory
import Contracts
import Foundation

/// Builds a history for a test: commands, the services' messages, and at the end matching output of subcommands. Its
/// verbs do what the services should do; a test leaves one out or repeats it.
struct HistoryBuilder {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let a: ID = .trusted("a")

    var history = History()
    /// How commands are sent.
    var door = Command.Door.broker
    private var numbers: [String: Int64] = [:]
    private var sent = 0
    /// Since the beginning of the run: a second more with each command.
    private var time: Duration = .zero
    private var seen = 0
    /// The application as it is now, and the notifier partitions that know it.
    private var application: CreateVolunteerApplication?
    private var cancellation: CancelVolunteerApplication?
    private var known: Set<Address> = []

    init(_ conditions: Conditions = Conditions()) { history.conditions = conditions }

    // MARK: - Commands

    /// Sends a command from outside.
    mutating func send(_ message: Message) -> Command {
        let command = Command(.message(message), number: history.commands.count, seed: 7, door: door)
        history.commands.append(command)
        pass(.seconds(1))
        history.confirmations[command.trace] = time
        guard door == .broker else { return command }
        history.messages.append(
            ObservedMessage(
                exchange: command.exchange, routingKey: command.routingKey, messageID: command.messageID,
                traceparent: command.traceparent, body: command.bytes))
        return command
    }

    mutating func accept(_ volunteer: ID) -> Command { respond(volunteer, .accepted) }
    mutating func decline(_ volunteer: ID) -> Command { respond(volunteer, .declined) }

    private mutating func respond(_ volunteer: ID, _ status: ResponseStatus) -> Command {
        send(.response(VolunteerResponse(volunteerID: volunteer, applicationID: Self.a, status: status)))
    }

    // MARK: - The services

    /// Publishes as a service does, with the next number of the stream.
    mutating func publish(
        _ message: Message, from producer: String, to stream: String, trace: String,
        exchange: String = Exchange.waiting, sentAt: Timestamp? = nil
    ) {
        numbers[stream, default: 0] += 1
        let number = numbers[stream, default: 0]
        let isStream = !stream.hasSuffix(">notifications")
        history.messages.append(
            ObservedMessage(
                exchange: exchange, routingKey: message.action.rawValue, messageID: "\(stream)/1/\(number)",
                producer: producer, stream: isStream ? stream : nil, epoch: isStream ? 1 : nil,
                seq: isStream ? number : nil, traceparent: "00-\(trace)-0000000000000001-01", sentAt: sentAt,
                body: message.encoded()))
    }

    mutating func toWaitlist(_ message: Message, _ trace: String) {
        sent += 1
        publish(message, from: decider.name, to: "\(decider.name)>waitlist.\(decider.partition.name)", trace: trace)
    }

    /// - Parameter user: if `nil`, the message goes to every partition that knows the application.
    mutating func toNotifier(
        _ message: Message, _ trace: String, of user: ID? = nil, sentAt: Timestamp? = nil
    ) {
        for notifier in user.map({ [self.notifier(of: $0)] }) ?? notifiers.filter(known.contains) {
            if user != nil { introduce(to: notifier, trace) }
            publish(
                message, from: decider.name, to: "\(decider.name)>\(notifier.name)", trace: trace, sentAt: sentAt)
        }
        if case .update(let update) = message { application?.change(by: update) }
        if case .cancel(let cancel) = message { cancellation = cancel }
    }

    private mutating func introduce(to notifier: Address, _ trace: String) {
        guard let application, known.insert(notifier).inserted else { return }
        var messages = [Message.create(application)]
        if let cancellation { messages.append(.cancel(cancellation)) }
        for message in messages {
            publish(message, from: decider.name, to: "\(decider.name)>\(notifier.name)", trace: trace)
        }
    }

    mutating func toApplication(_ message: Message, _ trace: String) {
        let waitlist = "waitlist.\(decider.partition.name)"
        publish(message, from: waitlist, to: "\(waitlist)>\(decider.name)", trace: trace)
    }

    mutating func notify(
        _ kind: NotificationKind, to volunteer: ID, _ trace: String = Self.trace(0), at time: Timestamp = Self.start,
        text: String = "…"
    ) {
        let notification = UserNotification(
            userID: volunteer, message: text, timestamp: .instant(time), kind: kind, applicationID: Self.a)
        let notifier = notifier(of: volunteer).name
        publish(
            .notification(notification), from: notifier, to: "\(notifier)>notifications", trace: trace,
            exchange: Exchange.notifications)
    }

    /// The partition that decides about the application.
    private var decider: Address {
        Address(service: .application, partition: .of(Self.a, count: history.conditions.partitions))
    }

    private var notifiers: [Address] {
        (0..<history.conditions.partitions).map { Address(service: .notifier, partition: Partition(number: $0)) }
    }

    private func notifier(of user: ID) -> Address {
        Address(service: .notifier, partition: .of(user, count: history.conditions.partitions))
    }

    /// Sends a status record to NotifierService and, unless `notification` is false, its notification to the user.
    mutating func sendStatus(
        _ volunteer: ID, _ status: SpotStatus, _ trace: String, position: Int? = nil, reason: String? = nil,
        notification: Bool = true
    ) {
        let record = SpotStatusRecord(
            applicationID: Self.a, userID: volunteer, status: status, timestamp: .instant(Self.start),
            position: position, reason: reason)
        toNotifier(.spotStatus(record), trace, of: volunteer)
        guard notification else { return }
        let kinds: [SpotStatus: NotificationKind] = [
            .available: .spotAvailable, .notChosen: .notChosen, .confirmed: .confirmed, .waiting: .waiting,
            .cancelled: .cancelled, .refused: .refused,
        ]
        if let kind = kinds[status] { notify(kind, to: volunteer, trace) }
    }

    static func trace(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "f" + String(repeating: "0", count: 31 - digits.count) + digits
    }

    // MARK: - Whole events

    func creation(spots: Int, startsIn start: Duration = .seconds(30 * 86_400)) -> Message {
        let (date, time) = CivilClock.civil(Self.start.advanced(by: start), in: .gmt)
        return .create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: Self.a, availableSpots: spots, description: "", name: "a",
                date: date, startTime: time, endTime: time, timeZone: "UTC"))
    }

    mutating func create(spots: Int, startsIn start: Duration = .seconds(30 * 86_400)) {
        let message = creation(spots: spots, startsIn: start)
        if case .create(let create) = message { application = create }
        let command = send(message)
        toWaitlist(message, command.trace)
    }

    mutating func confirm(_ volunteer: ID) {
        let command = accept(volunteer)
        sendStatus(volunteer, .confirmed, command.trace)
    }

    mutating func wait(_ volunteer: ID, at position: Int) {
        let command = accept(volunteer)
        toWaitlist(
            .waiting(VolunteerWaiting(volunteerID: volunteer, applicationID: Self.a, timestamp: nil)), command.trace)
        assignPosition(volunteer, at: position, command.trace)
    }

    /// A volunteer who waits declines.
    mutating func leaveList(_ volunteer: ID) {
        let command = decline(volunteer)
        toWaitlist(command.message!, command.trace)
        toNotifier(command.message!, command.trace, of: volunteer)
    }

    mutating func assignPosition(_ volunteer: ID, at position: Int, _ trace: String) {
        toApplication(
            .waitingListRecord(
                WaitingListRecord(
                    userID: volunteer, applicationID: Self.a, timestamp: .instant(Self.start), position: position)),
            trace)
        sendStatus(volunteer, .waiting, trace, position: position)
    }

    mutating func reserve(_ spots: Int, release: Int, _ trace: String) {
        toWaitlist(
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: Self.a, availableSpots: spots, waitingVolunteers: [], release: release,
                    expiresAt: nil, seen: nil, more: nil)),
            trace)
    }

    /// WaitlistService offers spots to these volunteers, after reading everything that was sent.
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

    /// The capacity changes, and free spots are reserved.
    mutating func resize(to spots: Int, reserving reserved: Int, release: Int) {
        let update = Message.update(UpdateVolunteerApplication(applicationID: Self.a, availableSpots: spots))
        let command = send(update)
        toWaitlist(update, command.trace)
        toNotifier(update, command.trace)
        if reserved > 0 { reserve(reserved, release: release, command.trace) }
    }

    mutating func leave(_ volunteer: ID, reserving spots: Int, release: Int) {
        let command = decline(volunteer)
        toNotifier(command.message!, command.trace, of: volunteer)
        if spots > 0 { reserve(spots, release: release, command.trace) }
    }

    /// The application gets another name, of which these people are notified.
    mutating func rename(to name: String, notifying people: [ID]) {
        change(UpdateVolunteerApplication(applicationID: Self.a, name: name), notifying: people, at: Self.start)
    }

    /// - Parameter told: when they are notified, by NotifierService's clock; nil if that is at the same time.
    mutating func move(to start: Timestamp, notifying people: [ID], at time: Timestamp, told: Timestamp? = nil) {
        let (date, civil) = CivilClock.civil(start, in: .gmt)
        change(
            UpdateVolunteerApplication(applicationID: Self.a, date: date, startTime: civil, timeZone: "UTC"),
            notifying: people, at: time, told: told)
    }

    private mutating func change(
        _ update: UpdateVolunteerApplication, notifying people: [ID], at time: Timestamp, told: Timestamp? = nil
    ) {
        let command = send(.update(update))
        toWaitlist(.update(update), command.trace)
        toNotifier(.update(update), command.trace, sentAt: time)
        for person in people { notify(.changed, to: person, command.trace, at: told ?? time) }
    }

    mutating func cancel(notifying people: [ID]) {
        let cancel = Message.cancel(CancelVolunteerApplication(applicationID: Self.a))
        let command = send(cancel)
        toWaitlist(cancel, command.trace)
        toNotifier(cancel, command.trace)
        for person in people { sendStatus(person, .cancelled, Self.trace(99)) }
    }

    mutating func claim(_ volunteer: ID, release: Int) {
        let command = accept(volunteer)
        sendStatus(volunteer, .confirmed, command.trace)
        toWaitlist(command.message!, command.trace)
        reserve(0, release: release, command.trace)
    }

    // MARK: - Losses

    mutating func pass(_ duration: Duration) { time += duration }

    /// Now.
    var moment: Loss.Moment { Loss.Moment(time: time, messages: history.messages.count) }

    /// Loses what came after `copied`; afterwards nothing is late any more.
    mutating func lose(
        _ kind: Loss.Kind, of service: ServiceName = .application, copied: Loss.Moment, unreported: Loss.Moment? = nil
    ) {
        let partitions = (0..<history.conditions.partitions).map { Partition(number: $0) }
        history.losses.append(
            Loss(
                kind, of: kind == .brokerReplaced ? [] : partitions.map { Address(service: service, partition: $0) },
                copied: copied, unreported: unreported, ended: moment))
        pass(.seconds(2))
    }

    /// What the files held when nothing happened any more.
    mutating func rest(_ rest: ApplicationRest, _ audiences: [Partition: AudienceRest]) {
        end()
        history.rest = [Self.a: rest]
        history.audiences = [Self.a: audiences]
        history.restPoint = RestPoint(messages: history.messages.count, commands: history.commands.count)
    }

    // MARK: - The end

    /// Adds output of subcommands that matches the messages.
    mutating func end(applied: Int? = nil) {
        for service in ServiceName.allCases { history.finalStates[service] = History.FinalState() }
        var streamed: [ServiceName: Int] = [:]
        for (name, number) in numbers {
            guard let stream = StreamName(parsing: name) else { continue }
            let out = History.StreamPosition(stream: name, isOutgoing: true, epoch: 1, last: number)
            let into = History.StreamPosition(stream: name, isOutgoing: false, epoch: 1, last: number)
            history.finalStates[stream.producer.service]?.streams.append(out)
            history.finalStates[stream.consumer.service]?.streams.append(into)
            streamed[stream.consumer.service, default: 0] += Int(number)
        }
        for service in ServiceName.allCases {
            let foreign = service == .application ? applied ?? history.commands.count : 0
            let count = streamed[service, default: 0] + foreign
            history.finalStates[service]?.counters = ["applied": count, "accepted": count]
        }
        let notifications = history.messages.filter(\.isNotification)
        history.finalStates[.notifier]?.counters["notified"] = notifications.count
        history.finalStates[.notifier]?.counters["reminded"] = notifications.count { observed in
            if case .notification(let notification) = observed.message { notification.kind == .reminder } else { false }
        }
        history.endedAt = Self.start.advanced(by: .seconds(3600))
    }

    /// The names of the violations that the checker finds.
    var violations: Set<Violation.Name> { Set(Checker.violations(in: history).map(\.name)) }
}

extension CreateVolunteerApplication {
    fileprivate mutating func change(by update: UpdateVolunteerApplication) {
        availableSpots = update.availableSpots ?? availableSpots
        description = update.description ?? description
        name = update.name ?? name
        date = update.date ?? date
        startTime = update.startTime ?? startTime
        endTime = update.endTime ?? endTime
        timeZone = update.timeZone ?? timeZone
    }
}
