import Contracts
import Foundation

/// The content of an application: its create with later updates applied.
struct ApplicationContent: Hashable {
    var capacity: Int
    var name: String
    var description: String
    var schedule: ApplicationSchedule

    /// - Parameter zone: `TIME_ZONE`, for a create that names none.
    init(_ create: CreateVolunteerApplication, zone: String) {
        capacity = create.availableSpots
        name = create.name
        description = create.description
        schedule = ApplicationSchedule(create, defaultZone: zone)
    }

    func updated(by update: UpdateVolunteerApplication) -> ApplicationContent {
        var new = self
        new.capacity = update.availableSpots ?? capacity
        new.name = update.name ?? name
        new.description = update.description ?? description
        new.schedule = schedule.updated(by: update)
        return new
    }

    /// Whether volunteers are notified of the change to `new`.
    func concernsPeople(_ new: ApplicationContent) -> Bool { name != new.name || schedule != new.schedule }

    var startsAt: Timestamp { schedule.startsAt }
}
