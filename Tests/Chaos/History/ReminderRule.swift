import Contracts
import Foundation

/// Every confirmed volunteer is reminded once for each of `REMINDERS` and each start, when the reminder is due and
/// before the start. Volunteers who left, and those of cancelled applications, are not reminded (contract section 6).
///
/// A notification carries the trace of its cause, which shows how much of each stream NotifierService had read at least
/// when it wrote a reminder. Reminders themselves are caused by the clock alone.
///
/// Which reminders of a new start are owed depends on when ApplicationService moved it, which the update says, and not
/// on when the volunteer was told: that notification may be late, missing, or written by a clock that was wrong.
struct ReminderRule {
    fileprivate struct Recipient: Hashable {
        let application: ID
        let user: ID
    }

    /// Identifies the message that caused a notification.
    private struct Cause: Hashable {
        let trace: String
        let application: ID
        let kind: NotificationKind
        /// `nil` if the message concerns many users.
        let user: ID?
    }

    /// A reminder of one start.
    private struct Due: Hashable {
        let start: Timestamp
        let lead: ISODuration
    }

    /// The messages of one partition of ApplicationService, read as far as notifications prove that NotifierService
    /// read them.
    private struct Source {
        private let steps: [(message: Message, sentAt: Timestamp?)]
        private let zone: String
        private(set) var read = 0
        private(set) var applications: [ID: ApplicationContent] = [:]
        private(set) var cancelled: Set<ID> = []
        /// When the start of each application moved last.
        private(set) var moved: [ID: Timestamp] = [:]
        /// When each currently confirmed volunteer was confirmed.
        private(set) var confirmed: [Recipient: Timestamp] = [:]

        init(_ stream: [ObservedMessage], zone: String) {
            steps = stream.compactMap { observed in observed.message.map { ($0, observed.sentAt) } }
            self.zone = zone
        }

        mutating func read(to end: Int) {
            while read < min(end, steps.count) {
                apply(steps[read])
                read += 1
            }
        }

        private mutating func apply(_ step: (message: Message, sentAt: Timestamp?)) {
            switch step.message {
            case .create(let create): applications[create.applicationID] = ApplicationContent(create, zone: zone)
            case .update(let update):
                guard let content = applications[update.applicationID] else { return }
                let new = content.updated(by: update)
                if new.startsAt != content.startsAt { moved[update.applicationID] = step.sentAt }
                applications[update.applicationID] = new
            case .cancel(let cancel): cancelled.insert(cancel.applicationID)
            case .response(let response):
                confirmed[Recipient(application: response.applicationID, user: response.volunteerID)] = nil
            case .spotStatus(let record):
                let recipient = Recipient(application: record.applicationID, user: record.userID)
                if record.status == .confirmed { confirmed[recipient] = record.timestamp.timestamp(in: .gmt) }
                if record.status == .cancelled { confirmed[recipient] = nil }
            default: return
            }
        }

        /// The start as read so far, and every later start that may have been read already.
        func starts(of id: ID) -> [Timestamp] {
            guard var content = applications[id] else { return [] }
            var starts = [content.startsAt]
            for case (.update(let update), _) in steps[read...] where update.applicationID == id {
                content = content.updated(by: update)
                starts.append(content.startsAt)
            }
            return starts
        }
    }

    private let leads: [ISODuration]
    /// What NotifierService has missed because it was down or frozen over the start.
    private let missed: Set<MissedReminder>
    private let partitions: Int
    private var sources: [Partition: Source] = [:]
    private var positions: [Cause: (source: Partition, position: Int)] = [:]
    private var reminders: [Recipient: [Timestamp]] = [:]
    private var done: [Recipient: Set<Due>] = [:]
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        var violations: [Violation] = []
        for notifications in evidence.streams(.toWorld) {
            var rule = ReminderRule(evidence, partition: notifications.producer.partition)
            for observed in notifications.messages { rule.read(observed) }
            violations += rule.violations + rule.missingReminders(at: evidence.history.endedAt)
        }
        return violations
    }

    private init(_ evidence: Evidence, partition: Partition) {
        leads = evidence.history.leads.sorted { $0.time > $1.time }
        missed = evidence.history.missedReminders
        partitions = evidence.history.conditions.partitions
        for stream in evidence.streams(.toNotifier) where stream.consumer?.partition == partition {
            let source = stream.producer.partition
            sources[source] = Source(stream.messages, zone: evidence.history.conditions.zone)
            for (position, observed) in stream.messages.filter({ $0.message != nil }).enumerated() {
                if let cause = Self.cause(of: observed) { positions[cause] = (source, position) }
            }
        }
    }

    private static func cause(of observed: ObservedMessage) -> Cause? {
        switch (observed.message, observed.trace) {
        case (.spotStatus(let record), let trace?):
            Cause(trace: trace, application: record.applicationID, kind: record.status.kind, user: record.userID)
        case (.update(let update), let trace?):
            Cause(trace: trace, application: update.applicationID, kind: .changed, user: nil)
        default: nil
        }
    }

    private mutating func read(_ observed: ObservedMessage) {
        guard case .notification(let notification) = observed.message, let kind = notification.kind,
            let id = notification.applicationID
        else { return }
        let recipient = Recipient(application: id, user: notification.userID)
        let time = notification.timestamp.timestamp(in: .gmt)
        if kind == .reminder { return remind(recipient, at: time) }
        let user = kind == .changed ? nil : notification.userID
        let cause = Cause(trace: observed.trace ?? "", application: id, kind: kind, user: user)
        if let (source, position) = positions[cause] { sources[source]?.read(to: position + 1) }
    }

    private mutating func remind(_ recipient: Recipient, at time: Timestamp) {
        func report(_ name: Violation.Name, _ text: String) {
            let text = "reminded at \(time) " + text
            violations.append(Violation(name, application: recipient.application, volunteer: recipient.user, text))
        }
        reminders[recipient, default: []].append(time)
        guard let source = sources[Partition.of(recipient.application, count: partitions)],
            source.confirmed[recipient] != nil
        else { return report(.uncaused, "although not confirmed") }
        guard !source.cancelled.contains(recipient.application) else {
            return report(.uncaused, "of a cancelled application")
        }
        let dues = source.starts(of: recipient.application).flatMap { start in
            leads.filter { $0.before(start, in: .gmt) <= time && time < start }.map { Due(start: start, lead: $0) }
        }
        if dues.isEmpty { return report(.uncaused, "although no reminder was due") }
        guard let due = dues.first(where: { done[recipient]?.contains($0) != true }) else {
            return report(.notifiedTwice, "again for the same start")
        }
        done[recipient, default: []].insert(due)
    }

    /// The reminders that are missing: they were due after the last event that moves them, and the start has passed.
    private mutating func missingReminders(at end: Timestamp) -> [Violation] {
        var missing: [Violation] = []
        for partition in sources.keys { sources[partition]?.read(to: .max) }
        for source in sources.values {
            for (recipient, time) in source.confirmed {
                guard let start = source.applications[recipient.application]?.startsAt, start < end,
                    !source.cancelled.contains(recipient.application)
                else { continue }
                // Both times are ApplicationService's, and one of them is in whole seconds.
                let since = max(time, source.moved[recipient.application] ?? time).advanced(by: .seconds(1))
                let owed = leads.filter { $0.before(start, in: .gmt) > since }
                guard let first = owed.first?.before(start, in: .gmt) else { continue }
                let sent = reminders[recipient]?.count { first <= $0 && $0 < start } ?? 0
                let excused = owed.count { missed.contains(MissedReminder(recipient, lead: $0, start: start)) }
                guard sent + excused < owed.count else { continue }
                let text =
                    "reminded \(sent) times of \(start); \(owed.count) were due, and \(excused) are recorded as missed"
                let violation = Violation(
                    .notReminded, application: recipient.application, volunteer: recipient.user, text)
                missing.append(violation)
            }
        }
        return missing.sorted { $0.description < $1.description }
    }
}

extension MissedReminder {
    fileprivate init(_ recipient: ReminderRule.Recipient, lead: ISODuration, start: Timestamp) {
        self.init(application: recipient.application, user: recipient.user, lead: lead.description, start: start)
    }
}
