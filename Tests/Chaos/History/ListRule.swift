import Contracts

/// The waiting list: each position is assigned once and is correct, offers go to volunteers on the list in its order
/// and skip no one, and at the end both services have the same list.
///
/// `seen` in WaitlistService's messages is the number of ApplicationService's messages it had applied, so the list that
/// it used is known exactly.
struct ListRule {
    /// One application's list as WaitlistService has it after `read` messages.
    private struct List {
        var steps: [ObservedMessage] = []
        var read = 0
        var order: [ID] = []
        /// The volunteers named in offers, by release.
        var named: [Int: Set<ID>] = [:]
        var reservationState: OfferRule.ReservationState

        init(zone: String) { reservationState = OfferRule.ReservationState(zone: zone) }

        mutating func read(to seen: Int) {
            while read < min(seen, steps.count) {
                switch steps[read].message {
                case .waiting(let waiting) where !order.contains(waiting.volunteerID):
                    order.append(waiting.volunteerID)
                case .response(let response): order.removeAll { $0 == response.volunteerID }
                case .cancel: order = []
                default: break
                }
                if let message = steps[read].message { reservationState.read(message) }
                read += 1
            }
        }
    }

    private let offers: OfferRule
    /// By message id, how many messages were observed before it.
    private let indices: [String: Int]
    private var lists: [ID: List] = [:]
    private var records: [String: Int] = [:]
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        let zone = evidence.history.conditions.zone
        var rule = ListRule(offers: OfferRule(evidence.history), indices: evidence.firstIndices)
        for observed in evidence.messages(.toWaitlist) {
            guard let id = observed.message?.applicationID else { continue }
            rule.lists[id, default: List(zone: zone)].steps.append(observed)
        }
        for observed in evidence.messages(.toApplication) {
            switch observed.message {
            case .waitingListRecord(let record): rule.check(record, observed.trace ?? "")
            case .notifyFreeSpot(let round): rule.check(round, observed)
            default:
                rule.violations.append(Violation(.uncaused, "WaitlistService never sends this: \(observed.line)"))
            }
        }
        rule.checkPositions()
        rule.checkProbes(evidence)
        return rule.violations
    }

    private mutating func check(_ record: WaitingListRecord, _ trace: String) {
        let id = record.applicationID
        records[trace, default: 0] += 1
        guard var list = lists[id],
            let step = list.steps.firstIndex(where: {
                $0.trace == trace && $0.message?.action == .waiting && $0.message?.volunteerID == record.userID
            })
        else {
            let text = "got a position without a request"
            return violations.append(Violation(.uncaused, application: id, volunteer: record.userID, text))
        }
        list.read(to: step + 1)
        lists[id] = list
        let position = list.order.firstIndex(of: record.userID).map { $0 + 1 }
        if list.read == step + 1, position != record.position {
            let position = position.map { "\($0)" } ?? "none"
            let text = "got position \(record.position ?? 0) but has \(position)"
            violations.append(Violation(.outOfOrder, application: id, volunteer: record.userID, text))
        }
    }

    private mutating func check(_ round: NotifyFreeSpot, _ observed: ObservedMessage) {
        let id = round.applicationID
        guard var list = lists[id], let seen = round.seen, let release = round.release else {
            return violations.append(Violation(.uncaused, application: id, "no reservation caused \(observed.line)"))
        }
        if seen < list.read || seen > list.steps.count {
            let text = "seen is \(seen) after \(list.read); \(list.steps.count) messages were sent"
            violations.append(Violation(.misnumbered, application: id, text))
        }
        list.read(to: seen)
        let positions = Dictionary(uniqueKeysWithValues: list.order.enumerated().map { ($1, $0) })
        var last = -1
        for volunteer in round.waitingVolunteers {
            guard let position = positions[volunteer] else {
                let text = "was offered a spot but is not on the list: \(observed.messageID)"
                violations.append(Violation(.uncaused, application: id, volunteer: volunteer, text))
                continue
            }
            if position <= last {
                let text = "was named after volunteers who are later on the list: \(observed.messageID)"
                violations.append(Violation(.outOfOrder, application: id, volunteer: volunteer, text))
            }
            last = max(last, position)
        }
        let index = indices[observed.messageID] ?? .max
        if let violation = offers.check(
            round, at: index, release: release, to: list.order, &list.reservationState)
        {
            violations.append(violation)
        }
        let named = list.named[release, default: []].union(round.waitingVolunteers)
        list.named[release] = named
        for volunteer in list.order.prefix(last + 1) where !named.contains(volunteer) {
            let text = "was skipped in \(observed.messageID)"
            violations.append(Violation(.outOfOrder, application: id, volunteer: volunteer, text))
        }
        lists[id] = list
    }

    /// Everyone whom ApplicationService sends to the list gets a position exactly once.
    private mutating func checkPositions() {
        for (id, list) in lists.sorted(by: { $0.key < $1.key }) {
            for step in list.steps {
                guard case .waiting(let waiting) = step.message else { continue }
                let count = records[step.trace ?? ""] ?? 0
                if count == 1 { continue }
                let text = "was sent to the list and got \(count) positions"
                violations.append(
                    Violation(
                        count == 0 ? .lost : .duplicated, application: id, volunteer: waiting.volunteerID, text))
            }
        }
    }

    /// The final raise of a capacity made WaitlistService name everyone on its list. They must be those whom
    /// ApplicationService has sent.
    private mutating func checkProbes(_ evidence: Evidence) {
        for (id, probe) in evidence.history.probes.sorted(by: { $0.key < $1.key }) {
            guard var list = lists[id] else { continue }
            var release: Int?
            for case .notifyFreeSpot(let reservation) in evidence.toWaitlist(becauseOf: probe) {
                release = reservation.release
            }
            guard let release else { continue }
            list.read(to: .max)
            let named = list.named[release] ?? []
            // A named volunteer may have left since, but everyone on the list must be named.
            for volunteer in list.order where !named.contains(volunteer) {
                let text = "is on ApplicationService's list, but WaitlistService does not name them"
                violations.append(Violation(.listsDiffer, application: id, volunteer: volunteer, text))
            }
        }
    }
}
