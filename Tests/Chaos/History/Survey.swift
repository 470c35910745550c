package import Contracts
import Foundation

/// What the world knows of its applications from what it said itself: where to ask at the end.
package struct Survey {
    /// By application that is open for sure, its capacity.
    package private(set) var open: [ID: Int] = [:]

    /// - Parameter horizon: an application that starts before it is not open for sure.
    package init(_ commands: [Command], horizon: Timestamp) {
        var known: [ID: Particulars] = [:]
        var cancelled: Set<ID> = []
        for command in commands {
            switch command.message {
            case .create(let create) where known[create.applicationID] == nil:
                known[create.applicationID] = Particulars(create)
            case .update(let update) where !cancelled.contains(update.applicationID):
                known[update.applicationID] = known[update.applicationID]?.updated(by: update)
            case .cancel(let cancel): cancelled.insert(cancel.applicationID)
            default: break
            }
        }
        for (id, particulars) in known where !cancelled.contains(id) && particulars.startsAt > horizon {
            open[id] = particulars.capacity
        }
    }
}
