import Contracts
import Foundation

/// Every user is notified of each event that concerns them, once and in order (contract section 6).
///
/// The expected notifications follow from ApplicationService's messages to NotifierService: all messages about one user
/// and one application are on one stream. Reminders are checked by ``ReminderRule``.
struct NotificationRule {
    /// The next notification that a user must get.
    private enum Expectation: Hashable {
        case of(NotificationKind)
        /// One notification may cover several changes. It is not required if the user leaves, or the application is
        /// cancelled, before.
        case changes(atMost: Int, isOwed: Bool)
    }

    private struct Recipient: Hashable {
        let application: ID
        let user: ID
    }

    private struct Application {
        var content: ApplicationContent
        var isCancelled = false
        var concerned: Set<ID> = []
    }

    private let evidence: Evidence
    /// As known from the messages read so far of the current stream.
    private var applications: [ID: Application] = [:]
    private var expected: [Recipient: [Expectation]] = [:]
    private var notifications: [Recipient: [NotificationKind]] = [:]
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        var rule = NotificationRule(evidence)
        for stream in evidence.streams(.toNotifier) {
            rule.applications = [:]
            for observed in stream.messages {
                if let message = observed.message { rule.apply(message) }
            }
        }
        rule.collectNotifications()
        rule.checkCauses()
        for recipient in Set(rule.expected.keys).union(rule.notifications.keys) { rule.check(recipient) }
        return rule.violations.sorted { $0.description < $1.description }
    }

    private init(_ evidence: Evidence) { self.evidence = evidence }

    // MARK: - Expected notifications

    private mutating func apply(_ message: Message) {
        guard let id = message.applicationID else { return }
        switch message {
        case .create(let create):
            applications[id] = Application(content: ApplicationContent(create, zone: evidence.history.conditions.zone))
        case .update(let update): change(id, update)
        case .cancel: applications[id]?.isCancelled = true
        case .response(let response):
            let recipient = Recipient(application: id, user: response.volunteerID)
            applications[id]?.concerned.remove(response.volunteerID)
            waiveChange(recipient)
        case .spotStatus(let record): expect(record)
        default: break
        }
    }

    private mutating func change(_ id: ID, _ update: UpdateVolunteerApplication) {
        guard var application = applications[id], !application.isCancelled else { return }
        let new = application.content.updated(by: update)
        let isChange = application.content.concernsPeople(new)
        application.content = new
        applications[id] = application
        guard isChange else { return }
        // No one is told if the start has come by NotifierService's clock.
        let latest = evidence.history.endedAt.advanced(by: evidence.history.clockAhead)
        let isOwed = new.startsAt > latest
        for user in application.concerned {
            let recipient = Recipient(application: id, user: user)
            var list = expected[recipient] ?? []
            var count = 1
            if case .changes(let before, _) = list.last {
                count += before
                list.removeLast()
            }
            expected[recipient] = list + [.changes(atMost: count, isOwed: isOwed)]
        }
    }

    /// A user who leaves, or is told of the cancellation, need not be notified of an earlier change.
    private mutating func waiveChange(_ recipient: Recipient) {
        guard let list = expected[recipient], case .changes(let count, _) = list.last else { return }
        expected[recipient] = list.dropLast() + [.changes(atMost: count, isOwed: false)]
    }

    private mutating func expect(_ record: SpotStatusRecord) {
        let id = record.applicationID
        let recipient = Recipient(application: id, user: record.userID)
        if applications[id]?.isCancelled == true {
            let isOver = record.status == .refused && record.reason == "application_cancelled"
            guard record.status == .cancelled || isOver else { return }
            waiveChange(recipient)
        }
        switch record.status {
        case .confirmed, .waiting, .available, .notChosen: applications[id]?.concerned.insert(record.userID)
        case .cancelled: applications[id]?.concerned.remove(record.userID)
        case .refused: break
        }
        expected[recipient, default: []].append(.of(record.status.kind))
    }

    // MARK: - Actual notifications

    private mutating func collectNotifications() {
        for observed in evidence.messages(.toWorld) {
            guard case .notification(let notification) = observed.message, let kind = notification.kind,
                let id = notification.applicationID
            else {
                violations.append(Violation(.uncaused, "not a notification of NotifierService: \(observed.line)"))
                continue
            }
            notifications[Recipient(application: id, user: notification.userID), default: []].append(kind)
        }
    }

    private mutating func check(_ recipient: Recipient) {
        let actual = (notifications[recipient] ?? []).filter { $0 != .reminder }
        let expected = expected[recipient] ?? []
        if Self.matches(actual[...], expected[...]) { return }
        let owed = expected.flatMap { expectation -> [NotificationKind] in
            switch expectation {
            case .of(let kind): [kind]
            case .changes(_, let isOwed): isOwed ? [.changed] : []
            }
        }
        func count(_ kind: NotificationKind, in kinds: [NotificationKind]) -> Int { kinds.count { $0 == kind } }
        let changes = expected.reduce(0) { if case .changes(let count, _) = $1 { $0 + count } else { $0 } }
        var name = Violation.Name.notifiedOutOfOrder
        var text = "was notified in the wrong order"
        for kind in NotificationKind.allCases {
            let most = kind == .changed ? changes : count(kind, in: owed)
            if count(kind, in: actual) < count(kind, in: owed) {
                (name, text) = (.notNotified, "was not notified of each \(kind.rawValue)")
            } else if count(kind, in: actual) > most {
                (name, text) = (.notifiedTwice, "was notified too often of \(kind.rawValue)")
            }
        }
        violations.append(Violation(name, application: recipient.application, volunteer: recipient.user, text))
    }

    private static func matches(_ actual: ArraySlice<NotificationKind>, _ expected: ArraySlice<Expectation>) -> Bool {
        var actual = actual
        for expectation in expected {
            switch expectation {
            case .of(let kind):
                guard actual.popFirst() == kind else { return false }
            case .changes(let most, let isOwed):
                var count = 0
                while count < most, actual.first == .changed {
                    actual.removeFirst()
                    count += 1
                }
                if isOwed, count == 0 { return false }
            }
        }
        return actual.isEmpty
    }

    // MARK: - Causes

    /// What may have made a spot free, by application: the traces of declines and of changed capacities.
    private func growths() -> [ID: Set<String>] {
        var growths: [ID: Set<String>] = [:]
        for observed in evidence.messages(.toNotifier) {
            guard case .response(let response) = observed.message else { continue }
            growths[response.applicationID, default: []].insert(observed.trace ?? "")
        }
        // A notifier partition that does not know the application is not sent its changes.
        for observed in evidence.messages(.toWaitlist) {
            guard case .update(let update) = observed.message, update.availableSpots != nil else { continue }
            growths[update.applicationID, default: []].insert(observed.trace ?? "")
        }
        return growths
    }

    /// Every offer is from a round of WaitlistService and is told once; ApplicationService itself tells of a spot that
    /// the list cannot use at most once for each spot that became free; every lost offer was made before; every
    /// position is the one that WaitlistService assigned.
    private mutating func checkCauses() {
        let growths = growths()
        var openings: [Recipient: Int] = [:]
        var rounds: [String: Set<ID>] = [:]
        var positions: [String: WaitingListRecord] = [:]
        for observed in evidence.messages(.toApplication) {
            switch observed.message {
            case .notifyFreeSpot(let round):
                rounds[observed.trace ?? "", default: []].formUnion(round.waitingVolunteers)
            case .waitingListRecord(let record): positions[observed.trace ?? ""] = record
            default: break
            }
        }
        var offered: Set<Recipient> = []
        var sent: Set<[String]> = []
        for observed in evidence.messages(.toNotifier) {
            guard let record = observed.message?.spotStatus else { continue }
            let trace = observed.trace ?? ""
            let recipient = Recipient(application: record.applicationID, user: record.userID)
            func report(_ name: Violation.Name, _ text: String) {
                violations.append(Violation(name, application: recipient.application, volunteer: recipient.user, text))
            }
            let key = [trace, record.userID.string, record.status.rawValue, record.expiresAt?.description ?? ""]
            if !sent.insert(key).inserted { report(.notifiedTwice, "sent twice for the same cause: \(observed.line)") }
            switch record.status {
            case .available:
                if rounds[trace]?.contains(record.userID) != true {
                    openings[recipient, default: 0] += 1
                    let limit = growths[record.applicationID]?.count ?? 0
                    if record.expiresAt != nil || openings[recipient, default: 0] > limit {
                        report(.uncaused, "not named by a round: \(observed.line)")
                    }
                }
                offered.insert(recipient)
            case .notChosen:
                if offered.remove(recipient) == nil {
                    report(.notifiedTwice, "lost an offer that was not made: \(observed.line)")
                }
            case .waiting:
                if positions[trace]?.position != record.position || positions[trace]?.userID != record.userID {
                    report(.uncaused, "position was not assigned: \(observed.line)")
                }
            case .confirmed, .cancelled, .refused: break
            }
        }
    }
}

extension SpotStatus {
    /// The notification that tells a user of the status.
    var kind: NotificationKind {
        switch self {
        case .available: .spotAvailable
        case .notChosen: .notChosen
        case .confirmed: .confirmed
        case .waiting: .waiting
        case .cancelled: .cancelled
        case .refused: .refused
        }
    }
}
