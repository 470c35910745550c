import ApplicationDomain
import Contracts

/// Selects the applications of a list.
struct ApplicationFilter: Sendable, Hashable {
    var status: VolunteerApplication.Status?
    var fund: ID?
}
