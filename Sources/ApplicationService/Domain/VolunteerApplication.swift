package import Contracts

/// One call for volunteers as ApplicationService knows it: what the fund published, and the counters of the
/// waiting list protocol (contract section 5). The members stand in rows of their own; a decision is handed
/// this value and the one member concerned, never a list.
package struct VolunteerApplication: Sendable, Hashable {
    package enum Status: String, Sendable {
        case open
        case started
        case cancelled
    }

    package let id: ID
    package let fundID: ID
    package var details: ApplicationDetails
    package var capacity: Int
    package var status: Status
    package var startsAt: Timestamp
    /// How many hold a spot.
    package var confirmed: Int
    /// How many wait.
    package var waiting: Int
    /// R: spots promised to the waiting list.
    package var reserved: Int
    /// The number of the current release, or of the last one while `reserved` is 0.
    package var release: Int
    /// n: how many messages about this application WaitlistService was sent.
    package var sent: Int
    /// What `create` said, condensed: a repeated create is told from a differing one, also after updates.
    package let origin: String

    package init(
        id: ID, fundID: ID, details: ApplicationDetails, capacity: Int, status: Status = .open,
        startsAt: Timestamp, confirmed: Int = 0, waiting: Int = 0, reserved: Int = 0, release: Int = 0,
        sent: Int = 0, origin: String
    ) {
        self.id = id
        self.fundID = fundID
        self.details = details
        self.capacity = capacity
        self.status = status
        self.startsAt = startsAt
        self.confirmed = confirmed
        self.waiting = waiting
        self.reserved = reserved
        self.release = release
        self.sent = sent
        self.origin = origin
    }

    /// Spots nobody holds. A capacity lowered below the confirmed leaves none, not fewer than none.
    package var free: Int { max(0, capacity - confirmed) }

    /// Free spots that are promised to nobody: anyone may take them.
    package var open: Int { free - reserved }
}
