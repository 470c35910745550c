import Contracts
import Foundation

/// Spots: never more confirmed volunteers than spots, no one both confirmed and waiting, never more spots reserved than
/// volunteers wait, and at the end no one waits without a notification while a spot is free (specs/invariants.md: I1,
/// I3, I7, I13).
///
/// Confirmations and declines of one application may be on several streams. Each is the effect of a command, and an
/// application's commands are applied in the order they were sent, which is the order used here. Offers are not effects
/// of a command; they are ordered by `seen` when WaitlistService named the volunteers.
struct SpotRule {
    private struct Application {
        var content: ApplicationContent?
        var isCancelled = false
        var confirmed: Set<ID> = []
        var waiting: [ID] = []
        /// The number of messages sent to WaitlistService so far.
        var sent = 0
        /// That number when a spot became free after there was none.
        var freeSince = 0
        /// By volunteer, that number when they were last named and notified, and when they were enqueued.
        var offered: [ID: Int] = [:]
        var listed: [ID: Int] = [:]

        var free: Int { max(0, (content?.capacity ?? 0) - confirmed.count) }
    }

    private let evidence: Evidence
    private var applications: [ID: Application] = [:]
    /// The numbers of the messages to WaitlistService about each application, by trace.
    private var numbers: [ID: [String: Int]] = [:]
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        var rule = SpotRule(evidence)
        rule.readLists()
        for command in evidence.history.commands { rule.apply(command) }
        rule.readOffers()
        rule.checkEnd()
        return rule.violations
    }

    /// Those who are left without a notification, or confirmed and on the list, when nothing more happens.
    static func stranded(_ evidence: Evidence) -> [Violation] {
        violations(evidence).filter { [.stranded, .confirmedAndWaiting].contains($0.name) }
    }

    private init(_ evidence: Evidence) { self.evidence = evidence }

    private mutating func readLists() {
        var counts: [ID: Int] = [:]
        for observed in evidence.messages(.toWaitlist) {
            guard let message = observed.message, let id = message.applicationID else { continue }
            counts[id, default: 0] += 1
            let number = counts[id, default: 0]
            if let trace = observed.trace { numbers[id, default: [:]][trace] = number }
            switch message {
            case .waiting(let waiting):
                applications[id, default: Application()].waiting.append(waiting.volunteerID)
                applications[id]?.listed[waiting.volunteerID] = number
            case .response(let response): applications[id]?.waiting.removeAll { $0 == response.volunteerID }
            case .cancel: applications[id]?.waiting = []
            case .notifyFreeSpot(let reservation): check(reservation)
            default: break
            }
        }
    }

    private mutating func check(_ reservation: NotifyFreeSpot) {
        let count = applications[reservation.applicationID]?.waiting.count ?? 0
        guard reservation.availableSpots > count else { return }
        let text = "\(reservation.availableSpots) spots are reserved while \(count) wait"
        violations.append(Violation(.reservedForNobody, application: reservation.applicationID, text))
    }

    private mutating func apply(_ command: Command) {
        guard let id = command.message?.applicationID else { return }
        var application = applications[id, default: Application()]
        application.sent = max(application.sent, numbers[id]?[command.trace] ?? 0)
        let before = application.free
        for message in evidence.toNotifier(becauseOf: command) where message.applicationID == id {
            switch message {
            case .spotStatus(let record):
                if record.status == .confirmed { confirm(record.userID, &application, id) }
            case .response(let response): application.confirmed.remove(response.volunteerID)
            default: continue
            }
        }
        for message in evidence.toWaitlist(becauseOf: command) where message.applicationID == id {
            change(message, &application)
        }
        if before == 0, application.free > 0 { application.freeSince = application.sent }
        applications[id] = application
    }

    private func change(_ message: Message, _ application: inout Application) {
        switch message {
        case .create(let create):
            application.content = ApplicationContent(create, zone: evidence.history.conditions.zone)
        case .update(let update): application.content = application.content?.updated(by: update)
        case .cancel: application.isCancelled = true
        default: break
        }
    }

    private mutating func confirm(_ volunteer: ID, _ application: inout Application, _ id: ID) {
        guard application.confirmed.insert(volunteer).inserted else {
            let text = "was confirmed again"
            return violations.append(Violation(.duplicated, application: id, volunteer: volunteer, text))
        }
        let capacity = application.content?.capacity ?? 0
        if application.confirmed.count > capacity {
            let text = "confirmed as number \(application.confirmed.count) for \(capacity) spots"
            violations.append(Violation(.overbooked, application: id, volunteer: volunteer, text))
        }
    }

    private mutating func readOffers() {
        var rounds: [String: NotifyFreeSpot] = [:]
        for observed in evidence.messages(.toApplication) {
            if case .notifyFreeSpot(let round) = observed.message { rounds[observed.trace ?? ""] = round }
        }
        for observed in evidence.messages(.toNotifier) {
            guard let record = observed.message?.spotStatus, record.status == .available,
                let seen = rounds[observed.trace ?? ""]?.seen
            else { continue }
            let before = applications[record.applicationID]?.offered[record.userID] ?? 0
            applications[record.applicationID]?.offered[record.userID] = max(before, seen)
        }
    }

    private mutating func checkEnd() {
        for (id, application) in applications.sorted(by: { $0.key < $1.key }) where !application.isCancelled {
            for volunteer in application.waiting where application.confirmed.contains(volunteer) {
                let text = "is confirmed but still on the list at the end"
                violations.append(Violation(.confirmedAndWaiting, application: id, volunteer: volunteer, text))
            }
            // Nothing is reserved from the start on, which a clock that was ahead may have shown.
            let latest = evidence.history.endedAt.advanced(by: evidence.history.clockAhead)
            guard application.free > 0, let start = application.content?.startsAt, start > latest else { continue }
            for volunteer in application.waiting {
                let since = max(application.freeSince, application.listed[volunteer] ?? 0)
                if application.offered[volunteer] ?? 0 >= since { continue }
                let text = "waits at the end although \(application.free) spots are free, and was not notified"
                violations.append(Violation(.stranded, application: id, volunteer: volunteer, text))
            }
        }
    }
}
