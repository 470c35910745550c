import ApplicationDomain
import Contracts

/// Selects and sorts the applications of a list.
struct ApplicationFilter: Sendable, Hashable {
    var status: VolunteerApplication.Status?
    var fund: ID?
    /// The first start that is selected.
    var startsFrom = Timestamp.earliest
    /// The first start that is not selected any more.
    var startsBefore = Timestamp.latest
    /// Occurs in the name or the description.
    var text: SearchText?
    var sort = ApplicationSort.byCreation

    func matches(_ application: VolunteerApplication, at now: Timestamp) -> Bool {
        guard status == nil || application.status(at: now) == status, fund == nil || application.fundID == fund,
            startsFrom <= application.startsAt, application.startsAt < startsBefore
        else { return false }
        guard let text else { return true }
        return text.occurs(in: application.details.name) || text.occurs(in: application.details.description)
    }
}
