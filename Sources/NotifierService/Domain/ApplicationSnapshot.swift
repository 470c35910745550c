package import Contracts
import Foundation

/// What NotifierService knows of an application: what its notifications say about it.
package struct ApplicationSnapshot: Sendable, Hashable {
    package let id: ID
    package var name: String
    package var schedule: ApplicationSchedule
    /// The instant of the start, as ApplicationService derived it.
    package var startsAt: Timestamp
    package var isCancelled: Bool
    /// Grows with each change of the name or the schedule. A recipient who was told an older version is owed the
    /// change.
    package var version: Int
    /// The last version that moved the start.
    package var movedInVersion: Int
    /// When the start moved last: reminders whose new time lies before it are not sent.
    package var movedAt: Timestamp
    /// Recipients count as told of this version, whatever older one they have: they were told in a life of the file
    /// that is lost.
    package var toldVersion: Int
    /// Whether it became known by ApplicationService's state, so that those whom the state names were told of no later
    /// version than the first.
    package let isFromState: Bool

    /// - Parameter startsAt: nil if ApplicationService did not say it, as its earlier versions.
    package init(
        id: ID, name: String, schedule: ApplicationSchedule, startsAt: Timestamp? = nil, isCancelled: Bool = false,
        version: Int = 1, movedInVersion: Int = 1, movedAt: Timestamp = .earliest, toldVersion: Int = 0,
        isFromState: Bool = false
    ) {
        self.id = id
        self.name = name
        self.schedule = schedule
        self.startsAt = startsAt ?? schedule.startsAt
        self.isCancelled = isCancelled
        self.version = version
        self.movedInVersion = movedInVersion
        self.movedAt = movedAt
        self.toldVersion = toldVersion
        self.isFromState = isFromState
    }

    /// What an update changes for those who take part.
    package enum Change: Sendable, Hashable {
        case nothing
        /// The name or the schedule: they have to be told.
        case told
        /// Only the instant of the start, because the rules of the zone have changed: reminders move, and recipients
        /// are told nothing, because the civil time is the same.
        case start(from: Timestamp)
    }

    /// Applies an update. It changes nothing if the application is cancelled, which ignores the update.
    package mutating func update(by update: UpdateVolunteerApplication, at time: Timestamp) -> Change {
        let name = update.name ?? self.name
        let schedule = self.schedule.updated(by: update)
        let startsAt = update.startsAt ?? (schedule == self.schedule ? self.startsAt : schedule.startsAt)
        guard !isCancelled else { return .nothing }
        return change(name, schedule, startsAt, at: time)
    }

    /// Takes over the name and the times.
    mutating func change(
        _ name: String, _ schedule: ApplicationSchedule, _ startsAt: Timestamp, at time: Timestamp
    ) -> Change {
        guard name != self.name || schedule != self.schedule else {
            guard startsAt != self.startsAt else { return .nothing }
            let before = self.startsAt
            self.startsAt = startsAt
            return .start(from: before)
        }
        version += 1
        if startsAt != self.startsAt {
            movedInVersion = version
            movedAt = time
        }
        self.name = name
        self.schedule = schedule
        self.startsAt = startsAt
        return .told
    }
}
