package import Contracts
import Foundation

/// `REMINDERS`: how long before the start everybody confirmed is reminded.
package struct ReminderPlan: Sendable, Hashable {
    /// Without repetitions; none: nobody is reminded.
    package let leads: [ISODuration]

    /// So many reminders of one start are as many as anyone wants.
    package static let limit = 10

    package init(leads: [ISODuration]) {
        self.leads = leads
    }

    /// Reads durations separated by commas, or `none`. Nil for anything else, also for nothing, for one that is there
    /// twice, and for more than ``limit``.
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

    /// Days are calendar days at the same civil time, hours are absolute: right across changes of clocks.
    package static func due(_ lead: ISODuration, before application: ApplicationSnapshot) -> Timestamp {
        lead.before(application.startsAt, in: application.details.zone)
    }

    /// The reminders that are still ahead, or due since `time`, and when. One whose time had passed is not sent.
    package func ahead(
        of application: ApplicationSnapshot, notBefore time: Timestamp
    ) -> [(
        lead: ISODuration, due: Timestamp
    )] {
        leads.map { ($0, Self.due($0, before: application)) }.filter { $0.due >= time }
    }

    package enum Verdict: Sendable, Hashable {
        case send
        /// The start has come: there is nothing left to remind of.
        case missed
        /// The start has moved since.
        case wait(until: Timestamp)
    }

    /// What to do about a reminder whose timer fires.
    package static func verdict(on lead: ISODuration, of application: ApplicationSnapshot, now: Timestamp) -> Verdict {
        let due = due(lead, before: application)
        if due > now { return .wait(until: due) }
        return now < application.startsAt ? .send : .missed
    }
}
