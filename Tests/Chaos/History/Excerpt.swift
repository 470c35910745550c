import Contracts

/// What a history tells of one application, from which people and causes can be left out so that the rest fits together
/// again: places on the list, and how much of the gate's word was seen, are those of who and what is left.
struct Excerpt {
    let history: History
    /// The gate's words to the waiting list, in their order.
    private let steps: [Sighting]

    init(of whole: History, _ application: ID) {
        var history = whole
        history.commands = whole.commands.filter { $0.message?.applicationID == application }
        history.samples = [:]
        history.mishaps = []
        history.probes = whole.probes.filter { $0.key == application }
        var seen: Set<String> = []
        history.keep { sighting in
            sighting.message?.applicationID == application && seen.insert(sighting.messageID).inserted
        }
        self.history = history
        steps = Evidence(history).sightings(.toWaitlist)
    }

    var people: [ID] {
        Set(
            history.sightings.compactMap { $0.message?.personID }
                + history.commands.compactMap { $0.message?.volunteerID }
        )
        .sorted()
    }

    /// In the order in which they were first seen.
    var causes: [String] {
        var seen: Set<String> = []
        return history.sightings.compactMap { sighting in
            sighting.trace.flatMap { seen.insert($0).inserted ? $0 : nil }
        }
    }

    func without(_ people: Set<ID>, causes: Set<String>) -> History {
        func stays(_ message: Message?, _ trace: String?) -> Bool {
            if let trace, causes.contains(trace) { return false }
            return message?.personID.map { !people.contains($0) } ?? true
        }
        var rest = history
        rest.commands.removeAll { !stays($0.message, $0.trace) }
        rest.probes = rest.probes.filter { stays($0.value.message, $0.value.trace) }
        let list = ListChange(steps) { stays($0.message, $0.trace) }
        rest.keep { stays($0.message, $0.trace) }
        rest.sightings = rest.sightings.map { $0.producer == nil ? $0 : list.adapted($0, without: people) }
        return rest
    }
}

/// How an application's list changes when steps are left out.
private struct ListChange {
    /// How many of the first so many steps are left.
    private var counts = [0]
    /// By trace, how many of those ahead are left out when somebody comes onto the list.
    private var shifts: [String: Int] = [:]

    init(_ steps: [Sighting], stays: (Sighting) -> Bool) {
        var before: [ID] = []
        var after: [ID] = []
        for step in steps {
            let isLeft = stays(step)
            counts.append((counts.last ?? 0) + (isLeft ? 1 : 0))
            Self.read(step, into: &before)
            if isLeft { Self.read(step, into: &after) }
            guard case .waiting(let waiting) = step.message, isLeft, let trace = step.trace,
                let old = before.firstIndex(of: waiting.volunteerID),
                let new = after.firstIndex(of: waiting.volunteerID)
            else { continue }
            shifts[trace] = old - new
        }
    }

    private static func read(_ step: Sighting, into list: inout [ID]) {
        switch step.message {
        case .waiting(let waiting) where !list.contains(waiting.volunteerID): list.append(waiting.volunteerID)
        case .response(let response): list.removeAll { $0 == response.volunteerID }
        case .cancel: list = []
        default: break
        }
    }

    func adapted(_ sighting: Sighting, without people: Set<ID>) -> Sighting {
        let shift = sighting.trace.flatMap { shifts[$0] } ?? 0
        switch sighting.message {
        case .notifyFreeSpot(var round):
            round.waitingVolunteers.removeAll(where: people.contains)
            round.seen = round.seen.map { counts.indices.contains($0) ? counts[$0] : $0 }
            return sighting.saying(.notifyFreeSpot(round))
        case .waitingListRecord(var record) where shift != 0:
            record.position = record.position.map { $0 - shift }
            return sighting.saying(.waitingListRecord(record))
        case .spotStatus(var record) where shift != 0:
            record.position = record.position.map { $0 - shift }
            return sighting.saying(.spotStatus(record))
        default: return sighting
        }
    }
}

extension History {
    /// Leaves out sightings, and keeps notes where they were among the others.
    fileprivate mutating func keep(_ stays: (Sighting) -> Bool) {
        var kept: [Sighting] = []
        var places = [0]
        for sighting in sightings {
            if stays(sighting) { kept.append(sighting) }
            places.append(kept.count)
        }
        notes = notes.map { Note(after: places[min($0.after, places.count - 1)], text: $0.text) }
        sightings = kept
    }
}

extension Message {
    /// Whom it is about, where it is about one.
    fileprivate var personID: ID? {
        switch self {
        case .notification(let letter): letter.userID
        case .spotStatus(let record): record.userID
        case .waitingListRecord(let record): record.userID
        default: volunteerID
        }
    }
}
