import Contracts

/// After losses, what each user was told last is how things stand, and users are told once: of each response, and after
/// each loss of what ApplicationService or NotifierService knew once more at most.
///
/// NotifierService alone remembers what it told. When its file is an older copy it may repeat what it told just before
/// (as far as ApplicationService's own copy knows), and if ApplicationService's file is older too, no file shows that a
/// user was told something else. An older copy of ApplicationService's file does not know that it has sent what it had
/// still to send then, and sends it again.
struct ToldRule {
    private struct Recipient: Hashable {
        let application: ID
        let user: ID
    }

    /// What a notification tells, and why.
    private struct Told: Hashable {
        let recipient: Recipient
        let kind: NotificationKind
        let trace: String
    }

    /// How the text begins that refuses a response. Other causes than commands may have told of it, such as a job of
    /// NotifierService that found out about the application later.
    private static let refusal = "Ваш отклик"

    private let history: History
    private var violations: [Violation] = []
    /// In the order of time, without changes and reminders.
    private var told: [Recipient: [NotificationKind]] = [:]
    /// By recipient, the number of messages before the last notification.
    private var lastIndices: [Recipient: Int] = [:]
    private var responses: [Recipient: [ResponseStatus]] = [:]
    /// The earliest start that each application ever had.
    private var starts: [ID: Timestamp] = [:]
    /// The number of messages before the one by which ApplicationService first had a user told something.
    private var sent: [Told: Int] = [:]

    static func violations(_ whole: History) -> [Violation] {
        guard !whole.losses.isEmpty, !whole.rest.isEmpty, let history = whole.untilRest else { return [] }
        var rule = ToldRule(history: history)
        rule.readStarts()
        rule.read()
        for (recipient, kinds) in rule.told { rule.check(recipient, kinds) }
        for (id, rest) in history.rest where rest.decider.exists && !rest.decider.isCancelled {
            for user in rest.decider.confirmed.union(rest.decider.waiting) {
                let recipient = Recipient(application: id, user: user)
                if rule.told[recipient] == nil { rule.report(.notNotified, recipient, "was told nothing") }
            }
        }
        return rule.violations.sorted { $0.description < $1.description }
    }

    private init(history: History) { self.history = history }

    private mutating func report(_ name: Violation.Name, _ recipient: Recipient, _ text: String) {
        violations.append(Violation(name, application: recipient.application, volunteer: recipient.user, text))
    }

    private mutating func readStarts() {
        var contents: [ID: ApplicationContent] = [:]
        for command in history.commands {
            guard let id = command.message?.applicationID else { continue }
            switch command.message {
            case .create(let create) where contents[id] == nil:
                contents[id] = ApplicationContent(create, zone: history.conditions.zone)
            case .update(let update): contents[id] = contents[id]?.updated(by: update)
            default: continue
            }
            if let content = contents[id] { starts[id] = min(starts[id] ?? .latest, content.startsAt) }
        }
    }

    private mutating func read() {
        for command in history.commands {
            guard let message = command.message, let id = message.applicationID, let user = message.volunteerID else {
                continue
            }
            var status = ResponseStatus.accepted
            if case .response(let response) = message { status = response.status }
            responses[Recipient(application: id, user: user), default: []].append(status)
        }
        var known: Set<String> = []
        var causes: [Told: Int] = [:]
        let commands = Set(history.commands.map(\.trace))
        // Other causes, such as a job of NotifierService, may have told of several responses.
        let repeated = LostCommands(history).repeated
        for (index, observed) in history.messages.enumerated() {
            if observed.producer != nil, let record = observed.message?.spotStatus {
                let recipient = Recipient(application: record.applicationID, user: record.userID)
                let told = Told(recipient: recipient, kind: record.status.kind, trace: observed.trace ?? "")
                if sent[told] == nil { sent[told] = index }
            }
            guard observed.isNotification, known.insert(observed.messageID).inserted else { continue }
            guard case .notification(let notification) = observed.message, let kind = notification.kind,
                let id = notification.applicationID, kind != .reminder
            else { continue }
            let recipient = Recipient(application: id, user: notification.userID)
            let told = Told(recipient: recipient, kind: kind, trace: observed.trace ?? "")
            if kind != .spotAvailable, let first = causes.updateValue(index, forKey: told),
                commands.contains(told.trace), !repeated.contains(told.trace), !mayRepeat(first, recipient),
                !isSentAgain(told)
            {
                let numbers = "with message \(first) and with message \(index)"
                report(.notifiedTwice, recipient, "was told twice for the same cause, \(numbers): \(observed.line)")
            }
            // A refused response changes nothing, unlike a place that is lost or taken away.
            let isRefusal = commands.contains(told.trace) || notification.message.hasPrefix(Self.refusal)
            guard kind != .changed, kind != .refused || !isRefusal else { continue }
            self.told[recipient, default: []].append(kind)
            lastIndices[recipient] = index
        }
    }

    /// The losses of the file of the user's partition.
    private func losses(of recipient: Recipient) -> [Loss] {
        let partition = Partition.of(recipient.user, count: history.conditions.partitions)
        return history.losses.filter { $0.partitions.contains(Address(service: .notifier, partition: partition)) }
    }

    /// Whether ApplicationService may not have known that the message before this notification was applied.
    private func mayRepeat(_ index: Int, _ recipient: Recipient) -> Bool {
        losses(of: recipient).contains { loss in
            let reports = history.losses.filter { $0.concerns(.application) && $0.copied.time < loss.ended.time }
            let unreported = (reports + [loss]).map(\.unreported.messages).min() ?? 0
            return unreported <= index && index < loss.ended.messages
        }
    }

    /// Whether ApplicationService goes on with a copy from before it sent this.
    private func isSentAgain(_ told: Told) -> Bool {
        guard let index = sent[told] else { return false }
        let partition = Partition.of(told.recipient.application, count: history.conditions.partitions)
        let decider = Address(service: .application, partition: partition)
        return history.losses.contains {
            $0.partitions.contains(decider) && $0.copied.messages <= index && index < $0.ended.messages
        }
    }

    /// Whether no file shows any more that the user was told this, and things may stand otherwise now.
    private func isForgotten(_ index: Int, _ recipient: Recipient) -> Bool {
        losses(of: recipient).contains { loss in
            loss.copied.messages <= index && index < loss.ended.messages
                && history.losses.contains {
                    $0.concerns(.application) && $0.copied.messages < index && $0.ended.messages > loss.copied.messages
                }
        }
    }

    /// From the start on, by NotifierService's clock, a user is not told that things stand otherwise.
    private func mayHaveStarted(_ application: ID) -> Bool {
        starts[application].map { $0 <= history.endedAt.advanced(by: history.clockAhead) } ?? false
    }

    private mutating func check(_ recipient: Recipient, _ kinds: [NotificationKind]) {
        let losses = history.losses.count { $0.concerns(.application) || $0.concerns(.notifier) }
        let responses = responses[recipient] ?? []
        for (kind, causes) in [
            (NotificationKind.confirmed, responses.count { $0 == .accepted }),
            (.waiting, responses.count { $0 == .accepted }), (.cancelled, 1), (.refused, responses.count),
        ] {
            let count = kinds.count { $0 == kind }
            if count > causes + losses {
                report(.notifiedTwice, recipient, "was told \(count) times: \(kind.rawValue); \(causes) causes")
            }
        }
        guard let last = kinds.last, let index = lastIndices[recipient], !isForgotten(index, recipient),
            !mayHaveStarted(recipient.application)
        else { return }
        let line = history.messages[index].line
        let decider = history.rest[recipient.application]?.decider ?? ApplicationRest.Decider()
        guard !decider.isCancelled else { return }
        if decider.confirmed.contains(recipient.user) {
            if last != .confirmed {
                report(.notNotified, recipient, "is confirmed, but was told last: \(line)")
            }
        } else if decider.waiting.contains(recipient.user) {
            if ![.waiting, .spotAvailable, .notChosen].contains(last) {
                report(.notNotified, recipient, "waits, but was told last: \(line)")
            }
        } else if ![.refused, .cancelled].contains(last), !responses.contains(.declined) {
            report(.notNotified, recipient, "has no place any more, but was told last: \(line)")
        }
    }
}
