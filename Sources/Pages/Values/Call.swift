package import Contracts

/// An application: a fund's call for volunteers, as a page shows it.
package struct Call: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable {
        case open
        case started
        case cancelled
    }

    package var id: ID
    package var fundID: ID
    package var name: String
    package var details: String
    package var schedule: ApplicationSchedule
    package var startsAt: Timestamp
    package var endsAt: Timestamp
    package var status: Status
    package var cancelReason: String?
    package var spots: Int
    /// Open to anyone: those reserved for the waiting list are not among them.
    package var freeSpots: Int
    package var confirmed: Int
    package var waiting: Int
    /// The entity tag of this state, so that a change made on top of another is refused.
    package var tag: String?

    package init(
        id: ID, fundID: ID, name: String, details: String, schedule: ApplicationSchedule, startsAt: Timestamp,
        endsAt: Timestamp, status: Status, cancelReason: String? = nil, spots: Int, freeSpots: Int, confirmed: Int,
        waiting: Int, tag: String? = nil
    ) {
        self.id = id
        self.fundID = fundID
        self.name = name
        self.details = details
        self.schedule = schedule
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.status = status
        self.cancelReason = cancelReason
        self.spots = spots
        self.freeSpots = freeSpots
        self.confirmed = confirmed
        self.waiting = waiting
        self.tag = tag
    }
}
