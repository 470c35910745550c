import Contracts
import Foundation

/// Spots: never more confirmed than there are, nobody both confirmed and waiting, and at rest nobody waits untold
/// beside a free one (specs/invariants.md: I1, I3, I7).
struct SpotRule {
    private struct Application {
        var particulars: Particulars?
        var isCancelled = false
        var confirmed: Set<ID> = []
        var waiting: [ID] = []
        /// The number of the message with which a spot came free where there was none.
        var freeSince = 0
        /// By volunteer, the number of the last word of a spot, and of the last drop-out.
        var told: [ID: Int] = [:]
        var left: [ID: Int] = [:]

        var free: Int { max(0, (particulars?.capacity ?? 0) - confirmed.count) }
    }

    private var applications: [ID: Application] = [:]
    private var objections: [Objection] = []

    static func objections(_ evidence: Evidence) -> [Objection] {
        var rule = SpotRule()
        for (number, sighting) in evidence.lane(Evidence.toNotifier).enumerated() {
            if let message = sighting.message { rule.hear(message, number + 1) }
        }
        for sighting in evidence.lane(Evidence.toWaitlist) {
            if let message = sighting.message { rule.list(message) }
        }
        rule.judgeEnd(evidence.history)
        return rule.objections
    }

    private mutating func hear(_ message: Message, _ number: Int) {
        guard let id = message.applicationID else { return }
        var application = applications[id, default: Application()]
        let before = application.free
        switch message {
        case .create(let create): application.particulars = Particulars(create)
        case .update(let update): application.particulars = application.particulars?.updated(by: update)
        case .cancel: application.isCancelled = true
        case .response(let response):
            application.confirmed.remove(response.volunteerID)
            application.left[response.volunteerID] = number
        case .spotStatus(let record):
            if record.status == .available { application.told[record.userID] = number }
            if record.status == .confirmed { confirm(record.userID, &application, id) }
        default: break
        }
        if before == 0, application.free > 0 { application.freeSince = number }
        applications[id] = application
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

    private mutating func list(_ message: Message) {
        guard let id = message.applicationID else { return }
        switch message {
        case .waiting(let waiting): applications[id, default: Application()].waiting.append(waiting.volunteerID)
        case .response(let response): applications[id]?.waiting.removeAll { $0 == response.volunteerID }
        case .cancel: applications[id]?.waiting = []
        default: break
        }
    }

    private mutating func judgeEnd(_ history: History) {
        for (id, application) in applications.sorted(by: { $0.key < $1.key }) where !application.isCancelled {
            for volunteer in application.waiting where application.confirmed.contains(volunteer) {
                let text = "is confirmed, and still on the list at the end"
                objections.append(Objection(.confirmedAndWaiting, application: id, volunteer: volunteer, text))
            }
            // From the start on nothing is promised; by a clock that was ahead it may have come.
            let latest = history.endedAt.advanced(by: history.clockAhead)
            guard application.free > 0, let start = application.particulars?.startsAt, start > latest else { continue }
            for volunteer in application.waiting {
                let since = max(application.freeSince, application.left[volunteer] ?? 0)
                if application.told[volunteer] ?? 0 > since { continue }
                let text = "waits at the end beside \(application.free) free spots and was not told of one"
                objections.append(Objection(.stranded, application: id, volunteer: volunteer, text))
            }
        }
    }
}
