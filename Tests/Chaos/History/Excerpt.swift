import Contracts

/// The part of a history about one application. Volunteers and causes can be left out; positions on the list and `seen`
/// are adapted so that the rest is consistent.
struct Excerpt {
    let history: History
    /// ApplicationService's messages to WaitlistService, in order.
    private let steps: [ObservedMessage]

    init(of whole: History, _ application: ID) {
        var history = whole.restricted(to: [application])
        history.samples = [:]
        history.incidents = []
        var seen: Set<String> = []
        history.keep { seen.insert($0.messageID).inserted }
        self.history = history
        steps = Evidence(history).messages(.toWaitlist)
    }

    var people: [ID] {
        Set(
            history.messages.compactMap { $0.message?.personID }
                + history.commands.compactMap { $0.message?.volunteerID }
        )
        .sorted()
    }

    /// In the order in which they were first observed.
    var causes: [String] {
        var seen: Set<String> = []
        return history.messages.compactMap { observed in
            observed.trace.flatMap { seen.insert($0).inserted ? $0 : nil }
        }
    }

    func without(_ people: Set<ID>, causes: Set<String>) -> History {
        func keeps(_ message: Message?, _ trace: String?) -> Bool {
            if let trace, causes.contains(trace) { return false }
            return message?.personID.map { !people.contains($0) } ?? true
        }
        var rest = history
        if !people.isEmpty || !causes.isEmpty {
            // What was read of the whole does not describe a part.
            rest.readings = [:]
            rest.rest = [:]
            rest.audiences = [:]
        }
        rest.keepCommands { keeps($0.message, $0.trace) }
        rest.exchanges.removeAll { !keeps($0.command.message, $0.command.trace) }
        rest.probes = rest.probes.filter { keeps($0.value.message, $0.value.trace) }
        let list = ListChange(steps) { keeps($0.message, $0.trace) }
        rest.keep { keeps($0.message, $0.trace) }
        rest.messages = rest.messages.map { $0.producer == nil ? $0 : list.adapted($0, without: people) }
        return rest
    }
}

/// How an application's list changes when messages to WaitlistService are left out.
private struct ListChange {
    /// By `seen`, how many of the messages counted by it remain.
    private var counts = [0]
    /// By the trace of a list entry, how many volunteers ahead of it are left out.
    private var shifts: [String: Int] = [:]

    init(_ steps: [ObservedMessage], keeps: (ObservedMessage) -> Bool) {
        var before: [ID] = []
        var after: [ID] = []
        for step in steps {
            let remains = keeps(step)
            counts.append((counts.last ?? 0) + (remains ? 1 : 0))
            Self.read(step, into: &before)
            if remains { Self.read(step, into: &after) }
            guard case .waiting(let waiting) = step.message, remains, let trace = step.trace,
                let old = before.firstIndex(of: waiting.volunteerID),
                let new = after.firstIndex(of: waiting.volunteerID)
            else { continue }
            shifts[trace] = old - new
        }
    }

    private static func read(_ step: ObservedMessage, into list: inout [ID]) {
        switch step.message {
        case .waiting(let waiting) where !list.contains(waiting.volunteerID): list.append(waiting.volunteerID)
        case .response(let response): list.removeAll { $0 == response.volunteerID }
        case .cancel: list = []
        default: break
        }
    }

    func adapted(_ observed: ObservedMessage, without people: Set<ID>) -> ObservedMessage {
        let shift = observed.trace.flatMap { shifts[$0] } ?? 0
        switch observed.message {
        case .notifyFreeSpot(var round):
            round.waitingVolunteers.removeAll(where: people.contains)
            round.seen = round.seen.map { counts.indices.contains($0) ? counts[$0] : $0 }
            return observed.replacingMessage(.notifyFreeSpot(round))
        case .waitingListRecord(var record) where shift != 0:
            record.position = record.position.map { $0 - shift }
            return observed.replacingMessage(.waitingListRecord(record))
        case .spotStatus(var record) where shift != 0:
            record.position = record.position.map { $0 - shift }
            return observed.replacingMessage(.spotStatus(record))
        default: return observed
        }
    }
}

extension History {
    /// Only what concerns these applications.
    func restricted(to applications: Set<ID>) -> History {
        func concerns(_ message: Message?) -> Bool { message?.applicationID.map(applications.contains) ?? false }
        var history = self
        history.keepCommands { concerns($0.message) }
        history.exchanges = exchanges.filter { concerns($0.command.message) }
        history.readings = readings.filter { applications.contains($0.key) }
        history.rest = rest.filter { applications.contains($0.key) }
        history.audiences = audiences.filter { applications.contains($0.key) }
        history.probes = probes.filter { applications.contains($0.key) }
        history.keep { concerns($0.message) }
        return history
    }

    /// The applications that began after the last loss, and that no resync mentions: their history is complete. The
    /// resync of WaitlistService leaves out what is cancelled by then, so a cancelled application must have begun after
    /// it.
    var afterLosses: History {
        guard let ended = losses.map(\.ended.time).max() else { return self }
        var known: Set<ID> = []
        var young: Set<ID> = []
        var cancelled: Set<ID> = []
        for command in commands {
            guard let id = command.message?.applicationID else { continue }
            if command.message?.action == .cancel { cancelled.insert(id) }
            guard known.insert(id).inserted else { continue }
            let isAfter = confirmations[command.trace].map { $0 > ended + Loss.delay * 2 } ?? false
            if isAfter, command.message?.action == .create { young.insert(id) }
        }
        var begun: Set<ID> = []
        for observed in messages {
            switch observed.message {
            case .applicationState(let state): young.remove(state.applicationID)
            case .stateComplete:
                guard let stream = observed.stream.flatMap(StreamName.init(parsing:)),
                    stream.consumer.service == .waitlist
                else { continue }
                for id in begun.intersection(cancelled)
                where Partition.of(id, count: conditions.partitions) == stream.consumer.partition {
                    young.remove(id)
                }
            default:
                if let id = observed.message?.applicationID { begun.insert(id) }
            }
        }
        return restricted(to: young)
    }

    /// Leaves out commands, and keeps the rest point at its position among the remaining ones.
    fileprivate mutating func keepCommands(_ keeps: (Command) -> Bool) {
        if let count = restPoint?.commands { restPoint?.commands = commands.prefix(count).count(where: keeps) }
        commands.removeAll { !keeps($0) }
    }

    /// Leaves out messages, and keeps the notes at their positions among the remaining ones.
    fileprivate mutating func keep(_ keeps: (ObservedMessage) -> Bool) {
        var kept: [ObservedMessage] = []
        var positions = [0]
        for observed in messages {
            if keeps(observed) { kept.append(observed) }
            positions.append(kept.count)
        }
        notes = notes.map { Note(after: positions[min($0.after, positions.count - 1)], text: $0.text) }
        if let count = restPoint?.messages { restPoint?.messages = positions[min(count, positions.count - 1)] }
        messages = kept
    }
}

extension Message {
    /// The person that the message is about, if it is about one.
    fileprivate var personID: ID? {
        switch self {
        case .notification(let notification): notification.userID
        case .spotStatus(let record): record.userID
        case .waitingListRecord(let record): record.userID
        default: volunteerID
        }
    }
}
