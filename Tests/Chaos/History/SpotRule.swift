import Contracts
import Foundation

/// Spots: never more confirmed than there are, nobody both confirmed and waiting, and at rest nobody waits untold
/// beside a free one (specs/invariants.md: I1, I3, I7).
///
/// Confirmations and drop-outs of one application may be on several streams. Each is the effect of a command, and an
/// application's commands are applied in the order they were said, so that is their order here. What is told to those
/// who wait has no command; its place is how much of the gate's word WaitlistService had `seen` when it named them.
struct SpotRule {
    private struct Application {
        var particulars: Particulars?
        var isCancelled = false
        var confirmed: Set<ID> = []
        var waiting: [ID] = []
        /// How much of the gate's word to the waiting list was said.
        var said = 0
        /// How much it was when a spot came free where there was none.
        var freeSince = 0
        /// By volunteer, how much of it was read when they were last named and told, and when they came onto the list.
        var told: [ID: Int] = [:]
        var listed: [ID: Int] = [:]

        var free: Int { max(0, (particulars?.capacity ?? 0) - confirmed.count) }
    }

    private let evidence: Evidence
    private var applications: [ID: Application] = [:]
    /// The numbers of the gate's words to the waiting list about each application, by trace.
    private var numbers: [ID: [String: Int]] = [:]
    private var objections: [Objection] = []

    static func objections(_ evidence: Evidence) -> [Objection] {
        var rule = SpotRule(evidence)
        rule.readLists()
        for command in evidence.history.commands { rule.follow(command) }
        rule.readTellings()
        rule.judgeEnd()
        return rule.objections
    }

    private init(_ evidence: Evidence) { self.evidence = evidence }

    private mutating func readLists() {
        var counts: [ID: Int] = [:]
        for sighting in evidence.sightings(.toWaitlist) {
            guard let message = sighting.message, let id = message.applicationID else { continue }
            counts[id, default: 0] += 1
            let number = counts[id, default: 0]
            if let trace = sighting.trace { numbers[id, default: [:]][trace] = number }
            switch message {
            case .waiting(let waiting):
                applications[id, default: Application()].waiting.append(waiting.volunteerID)
                applications[id]?.listed[waiting.volunteerID] = number
            case .response(let response): applications[id]?.waiting.removeAll { $0 == response.volunteerID }
            case .cancel: applications[id]?.waiting = []
            default: break
            }
        }
    }

    private mutating func follow(_ command: Command) {
        guard let id = command.message?.applicationID else { return }
        var application = applications[id, default: Application()]
        application.said = max(application.said, numbers[id]?[command.trace] ?? 0)
        let before = application.free
        var isHeard: Set<Action> = []
        for message in evidence.told(becauseOf: command) where message.applicationID == id {
            switch message {
            case .spotStatus(let record):
                if record.status == .confirmed { confirm(record.userID, &application, id) }
            case .response(let response): application.confirmed.remove(response.volunteerID)
            default:
                // What goes to every partition is heard once.
                if isHeard.insert(message.action).inserted { change(message, &application) }
            }
        }
        if before == 0, application.free > 0 { application.freeSince = application.said }
        applications[id] = application
    }

    private func change(_ message: Message, _ application: inout Application) {
        switch message {
        case .create(let create): application.particulars = Particulars(create)
        case .update(let update): application.particulars = application.particulars?.updated(by: update)
        case .cancel: application.isCancelled = true
        default: break
        }
    }

    private mutating func confirm(_ volunteer: ID, _ application: inout Application, _ id: ID) {
        guard application.confirmed.insert(volunteer).inserted else {
            let text = "is confirmed who is confirmed"
            return objections.append(Objection(.doubled, application: id, volunteer: volunteer, text))
        }
        let capacity = application.particulars?.capacity ?? 0
        if application.confirmed.count > capacity {
            let text = "the \(application.confirmed.count)th confirmed for \(capacity) spots"
            objections.append(Objection(.overbooked, application: id, volunteer: volunteer, text))
        }
    }

    private mutating func readTellings() {
        var rounds: [String: NotifyFreeSpot] = [:]
        for sighting in evidence.sightings(.toApplication) {
            if case .notifyFreeSpot(let round) = sighting.message { rounds[sighting.trace ?? ""] = round }
        }
        for sighting in evidence.sightings(.toNotifier) {
            guard let record = sighting.message?.spotStatus, record.status == .available,
                let seen = rounds[sighting.trace ?? ""]?.seen
            else { continue }
            let before = applications[record.applicationID]?.told[record.userID] ?? 0
            applications[record.applicationID]?.told[record.userID] = max(before, seen)
        }
    }

    private mutating func judgeEnd() {
        for (id, application) in applications.sorted(by: { $0.key < $1.key }) where !application.isCancelled {
            for volunteer in application.waiting where application.confirmed.contains(volunteer) {
                let text = "is confirmed, and still on the list at the end"
                objections.append(Objection(.confirmedAndWaiting, application: id, volunteer: volunteer, text))
            }
            // From the start on nothing is promised; by a clock that was ahead it may have come.
            let latest = evidence.history.endedAt.advanced(by: evidence.history.clockAhead)
            guard application.free > 0, let start = application.particulars?.startsAt, start > latest else { continue }
            for volunteer in application.waiting {
                let since = max(application.freeSince, application.listed[volunteer] ?? 0)
                if application.told[volunteer] ?? 0 >= since { continue }
                let text = "waits at the end beside \(application.free) free spots and was not told of one"
                objections.append(Objection(.stranded, application: id, volunteer: volunteer, text))
            }
        }
    }
}
