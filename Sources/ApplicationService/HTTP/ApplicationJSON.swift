import ApplicationDomain
import Contracts
import Web

/// An application: the fields of its `create`, and its current state.
struct ApplicationJSON: JSONRepresentable {
    let application: VolunteerApplication
    let now: Timestamp

    /// The tag of this representation.
    var tag: EntityTag { EntityTag(ofContent: encoded()) }

    func write(to json: inout ObjectWriter<JSONKey>) {
        let details = application.details
        json.id(.applicationID, application.id)
        json.id(.fundID, application.fundID)
        json.field(.name, details.name)
        json.field(.description, details.description)
        json.field(.date, details.schedule.date.description)
        json.field(.startTime, details.schedule.startTime.description)
        json.field(.endTime, details.schedule.endTime.description)
        json.field(.timeZone, details.schedule.timeZone)
        json.field(.startsAt, application.startsAt.description)
        json.field(.endsAt, details.schedule.endsAt.description)
        json.field(.spots, application.capacity)
        json.field(.status, application.status(at: now).rawValue)
        json.field(.cancelReason, application.cancelReason)
        json.field(.freeSpots, application.open)
        json.field(.confirmed, application.confirmed)
        json.field(.waiting, application.waiting)
        json.field(.createdAt, application.createdAt?.description)
        json.field(.updatedAt, application.updatedAt?.description)
    }
}
