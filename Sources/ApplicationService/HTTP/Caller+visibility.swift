import ApplicationDomain
import Contracts
import Web

extension Caller {
    /// Funds see their own applications, volunteers the open ones (contract section 8).
    func canSee(_ application: VolunteerApplication, at now: Timestamp) -> Bool {
        switch role {
        case .service: true
        case .fund: application.fundID == id
        case .volunteer: application.status(at: now) == .open
        }
    }

    func canSee(_ operation: CommandOperation) -> Bool {
        role == .service || operation.caller == name
    }

    /// Whether what belongs to a volunteer is shown: the responses, the notifications.
    func canSee(volunteer: ID) -> Bool {
        role == .service || role == .volunteer && id == volunteer
    }
}
