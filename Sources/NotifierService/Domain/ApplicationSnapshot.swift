package import Contracts
import Foundation

/// What NotifierService knows of an application: what its notifications say about it.
package struct ApplicationSnapshot: Sendable, Hashable {
    package let id: ID
    package var name: String
    package var schedule: ApplicationSchedule
    package var isCancelled: Bool
    /// Grows with each change of the name or the schedule. A recipient who was told an older version is owed the
    /// change.
    package var version: Int
    /// The last version that moved the start.
    package var movedInVersion: Int
    /// When the start moved last: reminders whose new time lies before it are not sent.
    package var movedAt: Timestamp

    package init(
        id: ID, name: String, schedule: ApplicationSchedule, isCancelled: Bool = false, version: Int = 1,
        movedInVersion: Int = 1, movedAt: Timestamp = .earliest
    ) {
        self.id = id
        self.name = name
        self.schedule = schedule
        self.isCancelled = isCancelled
        self.version = version
        self.movedInVersion = movedInVersion
        self.movedAt = movedAt
    }

    /// Applies an update. Returns whether recipients have to be told: not if the name and the schedule stay the same,
    /// nor if the application is cancelled, which ignores the update.
    package mutating func update(by update: UpdateVolunteerApplication, at time: Timestamp) -> Bool {
        let name = update.name ?? self.name
        let schedule = self.schedule.updated(by: update)
        guard name != self.name || schedule != self.schedule, !isCancelled else { return false }
        version += 1
        if schedule.startsAt != self.schedule.startsAt {
            movedInVersion = version
            movedAt = time
        }
        self.name = name
        self.schedule = schedule
        return true
    }
}
