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
}
