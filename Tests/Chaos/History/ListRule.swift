import Contracts

/// The list: each place is given once and as the order says, offers go to those on the list in its order and pass
/// nobody by, and at the end both services have the same one. `seen` in WaitlistService's answers says how much of the
/// gate's word it had read, so the list that it looked at is known exactly.
struct ListRule {
    /// One application's list as the waiting list service has it after so many messages.
    private struct List {
        var steps: [Sighting] = []
        var read = 0
        var order: [ID] = []
        /// Who was named, by release.
        var named: [Int: Set<ID>] = [:]
        var promises = OfferRule.Promises()

        mutating func read(to seen: Int) {
            while read < min(seen, steps.count) {
                switch steps[read].message {
                case .waiting(let waiting) where !order.contains(waiting.volunteerID):
                    order.append(waiting.volunteerID)
                case .response(let response): order.removeAll { $0 == response.volunteerID }
                case .cancel: order = []
                default: break
                }
                if let message = steps[read].message { promises.read(message) }
                read += 1
            }
        }
    }

    private let offers: OfferRule
    private var lists: [ID: List] = [:]
    private var records: [String: Int] = [:]
    private var objections: [Objection] = []

    static func objections(_ evidence: Evidence) -> [Objection] {
        var rule = ListRule(offers: OfferRule(evidence.history))
        for sighting in evidence.sightings(.toWaitlist) {
            if let id = sighting.message?.applicationID { rule.lists[id, default: List()].steps.append(sighting) }
        }
        for sighting in evidence.sightings(.toApplication) {
            switch sighting.message {
            case .waitingListRecord(let record): rule.judge(record, sighting.trace ?? "")
            case .notifyFreeSpot(let round): rule.judge(round, sighting)
            default:
                rule.objections.append(Objection(.causeless, "the waiting list never says \(sighting.line)"))
            }
        }
        rule.judgePlaces()
        rule.judgeProbes(evidence)
        return rule.objections
    }

    private mutating func judge(_ record: WaitingListRecord, _ trace: String) {
        let id = record.applicationID
        records[trace, default: 0] += 1
        guard var list = lists[id],
            let step = list.steps.firstIndex(where: {
                $0.trace == trace && $0.message?.action == .waiting && $0.message?.volunteerID == record.userID
            })
        else {
            let text = "has a place that nobody asked for"
            return objections.append(Objection(.causeless, application: id, volunteer: record.userID, text))
        }
        list.read(to: step + 1)
        lists[id] = list
        let place = list.order.firstIndex(of: record.userID).map { $0 + 1 }
        if list.read == step + 1, place != record.position {
            let place = place.map { "\($0)" } ?? "none"
            let text = "is given place \(record.position ?? 0), and has \(place)"
            objections.append(Objection(.outOfOrder, application: id, volunteer: record.userID, text))
        }
    }

    private mutating func judge(_ round: NotifyFreeSpot, _ sighting: Sighting) {
        let id = round.applicationID
        guard var list = lists[id], let seen = round.seen, let release = round.release else {
            return objections.append(Objection(.causeless, application: id, "nobody asked for \(sighting.line)"))
        }
        if seen < list.read || seen > list.steps.count {
            let text = "seen is \(seen) after \(list.read), of \(list.steps.count) messages"
            objections.append(Objection(.misnumbered, application: id, text))
        }
        list.read(to: seen)
        let places = Dictionary(uniqueKeysWithValues: list.order.enumerated().map { ($1, $0) })
        var last = -1
        for volunteer in round.waitingVolunteers {
            guard let place = places[volunteer] else {
                let text = "is offered a spot and is not on the list: \(sighting.messageID)"
                objections.append(Objection(.causeless, application: id, volunteer: volunteer, text))
                continue
            }
            if place <= last {
                let text = "is named behind who came later: \(sighting.messageID)"
                objections.append(Objection(.outOfOrder, application: id, volunteer: volunteer, text))
            }
            last = max(last, place)
        }
        if let objection = offers.judge(round, release: release, to: list.order, &list.promises) {
            objections.append(objection)
        }
        let named = list.named[release, default: []].union(round.waitingVolunteers)
        list.named[release] = named
        for volunteer in list.order.prefix(last + 1) where !named.contains(volunteer) {
            let text = "is passed by in \(sighting.messageID)"
            objections.append(Objection(.outOfOrder, application: id, volunteer: volunteer, text))
        }
        lists[id] = list
    }

    /// Everybody whom the gate sends to the list gets a place, once.
    private mutating func judgePlaces() {
        for (id, list) in lists.sorted(by: { $0.key < $1.key }) {
            for step in list.steps {
                guard case .waiting(let waiting) = step.message else { continue }
                let count = records[step.trace ?? ""] ?? 0
                if count == 1 { continue }
                let text = "was sent to the list and got \(count) places"
                objections.append(
                    Objection(
                        count == 0 ? .lost : .doubled, application: id, volunteer: waiting.volunteerID, text))
            }
        }
    }

    /// The last raise of a capacity made WaitlistService name all that it has: they are those whom the gate has sent.
    private mutating func judgeProbes(_ evidence: Evidence) {
        for (id, probe) in evidence.history.probes.sorted(by: { $0.key < $1.key }) {
            guard var list = lists[id] else { continue }
            var release: Int?
            for case .notifyFreeSpot(let reservation) in evidence.toWaitlist(becauseOf: probe) {
                release = reservation.release
            }
            guard let release else { continue }
            list.read(to: .max)
            let named = list.named[release] ?? []
            // Whoever was named may have left since.
            for volunteer in list.order where !named.contains(volunteer) {
                let text = "is on the list of ApplicationService, and WaitlistService does not name them"
                objections.append(Objection(.listsDiffer, application: id, volunteer: volunteer, text))
            }
        }
    }
}
