package import Contracts
import Foundation

/// `REMINDERS`: how long before the start confirmed volunteers are reminded.
package struct ReminderPlan: Sendable, Hashable, CustomStringConvertible {
    /// All different; empty if no reminders are sent.
    package let leads: [ISODuration]

    /// The maximum number of reminders for one start.
    package static let limit = 10

    package init(leads: [ISODuration]) {
        self.leads = leads
    }

    /// Parses durations separated by commas, or `none`. `nil` for any other text, for an empty or a repeated duration,
    /// and for more than ``limit`` durations.
    package init?(parsing text: String) {
        var leads: [ISODuration] = []
        for part in text == "none" ? [] : text.split(separator: ",", omittingEmptySubsequences: false) {
            guard leads.count < Self.limit,
                let lead = try? ISODuration(parsing: part.trimmingCharacters(in: .whitespaces)),
                lead != ISODuration(), !leads.contains(lead)
            else { return nil }
            leads.append(lead)
        }
        self.init(leads: leads)
    }

    /// The same text for the same leads, whatever their order.
    package var description: String {
        leads.map(\.description).sorted().joined(separator: ",")
    }

    /// When a reminder is due. Days are calendar days at the same civil time, hours are absolute (contract section 1).
    package static func due(_ lead: ISODuration, before application: ApplicationSnapshot) -> Timestamp {
        lead.before(application.startsAt, in: application.schedule.zone)
    }

    /// The reminders that are due at `time` or later. Those due earlier are not sent (contract section 6).
    package func upcoming(
        of application: ApplicationSnapshot, notBefore time: Timestamp
    ) -> [(lead: ISODuration, due: Timestamp)] {
        leads.map { ($0, Self.due($0, before: application)) }.filter { $0.due >= time }
    }

    /// When the reminders of a start that moved from `start` are due now. Those whose time is past both by the former
    /// start and by the new one are left out: they were sent, or were not to be sent.
    package func moved(
        of application: ApplicationSnapshot, from start: Timestamp, now: Timestamp
    ) -> [(lead: ISODuration, due: Timestamp)] {
        var former = application
        former.startsAt = start
        return leads.map { ($0, Self.due($0, before: application)) }.filter { lead, due in
            due >= now || Self.due(lead, before: former) >= now
        }
    }

    package enum Action: Sendable, Hashable {
        case send
        /// The start has passed.
        case recordMissed
        /// The start has moved: the reminder is due later.
        case wait(until: Timestamp)
    }

    /// What to do when a reminder's timer fires.
    package static func action(for lead: ISODuration, of application: ApplicationSnapshot, now: Timestamp) -> Action {
        let due = due(lead, before: application)
        if due > now { return .wait(until: due) }
        return now < application.startsAt ? .send : .recordMissed
    }
}
