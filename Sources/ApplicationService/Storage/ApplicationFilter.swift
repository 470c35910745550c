import ApplicationDomain
import Contracts

/// Selects the applications of a list.
struct ApplicationFilter: Sendable, Hashable {
    var status: VolunteerApplication.Status?
    var fund: ID?
    /// The first start that is selected.
    var startsFrom = Timestamp.earliest
    /// The first start that is not selected any more.
    var startsBefore = Timestamp.latest
}
