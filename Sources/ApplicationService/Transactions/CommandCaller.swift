import ApplicationDomain
import Contracts

/// The sender of a command.
struct CommandCaller: Sendable, Hashable {
    enum Access: Sendable, Hashable {
        /// Volunteers may respond to any application, and `service` may do everything.
        case allApplications
        /// A fund may command only its own applications.
        case applications(of: ID?)
    }

    /// The operation is recorded under this name, and only this caller and `service` may see it.
    let name: String
    let access: Access

    func mayCommand(_ application: VolunteerApplication) -> Bool {
        switch access {
        case .allApplications: true
        case .applications(let fund): application.fundID == fund
        }
    }
}
