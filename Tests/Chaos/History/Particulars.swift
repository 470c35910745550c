import Contracts
import Foundation

/// An application as its create and updates make it.
struct Particulars: Hashable {
    var capacity: Int
    var name: String
    var description: String
    var date: CivilDate
    var startTime: CivilTime
    var endTime: CivilTime
    var timeZone: String

    init(_ create: CreateVolunteerApplication) {
        capacity = create.availableSpots
        name = create.name
        description = create.description
        date = create.date
        startTime = create.startTime
        endTime = create.endTime
        timeZone = create.timeZone ?? "UTC"
    }

    func updated(by update: UpdateVolunteerApplication) -> Particulars {
        var new = self
        new.capacity = update.availableSpots ?? capacity
        new.name = update.name ?? name
        new.description = update.description ?? description
        new.date = update.date ?? date
        new.startTime = update.startTime ?? startTime
        new.endTime = update.endTime ?? endTime
        new.timeZone = update.timeZone ?? timeZone
        return new
    }

    /// Whether people hear of the step from one to the other.
    func concernsPeople(_ new: Particulars) -> Bool {
        name != new.name || date != new.date || startTime != new.startTime || endTime != new.endTime
            || timeZone != new.timeZone
    }

    var startsAt: Timestamp {
        CivilClock.timestamp(date, startTime, in: CivilClock.zone(named: timeZone) ?? .gmt)
    }
}
