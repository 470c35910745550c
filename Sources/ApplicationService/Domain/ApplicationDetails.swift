package import Contracts

/// What the fund published about an application, apart from the number of spots.
package struct ApplicationDetails: Sendable, Hashable {
    package var name: String
    package var description: String
    /// Its zone is always resolved: the fund's own, else this service's `TIME_ZONE`. Messages to other services name
    /// it, so that no service reads the times in a default zone of its own.
    package var schedule: ApplicationSchedule

    package init(name: String, description: String, schedule: ApplicationSchedule) {
        self.name = name
        self.description = description
        self.schedule = schedule
    }

    package init(_ create: CreateVolunteerApplication, defaultZone: String) {
        self.init(
            name: create.name, description: create.description,
            schedule: ApplicationSchedule(create, defaultZone: defaultZone))
    }

    /// These details with the fields that an update names.
    package func updated(by update: UpdateVolunteerApplication) -> ApplicationDetails {
        ApplicationDetails(
            name: update.name ?? name, description: update.description ?? description,
            schedule: schedule.updated(by: update))
    }
}
