package import Contracts
import Foundation

/// The applications that the final check can use, according to the commands sent.
package struct OpenApplications {
    /// The capacity of each application that is certainly open.
    package private(set) var capacities: [ID: Int] = [:]

    /// - Parameter horizon: an application that starts earlier may have started already.
    package init(_ commands: [Command], zone: String, horizon: Timestamp) {
        var known: [ID: ApplicationContent] = [:]
        var cancelled: Set<ID> = []
        for command in commands {
            switch command.message {
            case .create(let create) where known[create.applicationID] == nil:
                known[create.applicationID] = ApplicationContent(create, zone: zone)
            case .update(let update) where !cancelled.contains(update.applicationID):
                known[update.applicationID] = known[update.applicationID]?.updated(by: update)
            case .cancel(let cancel): cancelled.insert(cancel.applicationID)
            default: break
            }
        }
        for (id, content) in known where !cancelled.contains(id) && content.startsAt > horizon {
            capacities[id] = content.capacity
        }
    }
}
