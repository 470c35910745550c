package import Contracts

/// An application as ApplicationService stores it: what the fund published, and the counters of the waiting list
/// protocol (contract section 5). Members have rows of their own; a decision gets this value and the one member
/// concerned, never a list.
package struct VolunteerApplication: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case open
        case started
        case cancelled
    }

    package let id: ID
    package let fundID: ID
    package var details: ApplicationDetails
    package var capacity: Int
    /// The status that the last decision acted upon; `status(at:)` is the status now.
    package var status: Status
    /// The instant of the start, kept beside `details.schedule`: it stays the same until an update, or until the other
    /// services are told that the rules of the zone have changed.
    package var startsAt: Timestamp
    /// The number of members who hold a spot.
    package var confirmed: Int
    /// The number of members who wait.
    package var waiting: Int
    /// R: the number of spots promised to the waiting list, never more than members wait (rule 1).
    package var reserved: Int
    /// The number of the current release, or of the last one while `reserved` is 0.
    package var release: Int
    /// When R grew last. Volunteers whose offers had lapsed before may be asked again (rule 14). Nil if an earlier
    /// version did not record it.
    package var reservedGrewAt: Timestamp?
    /// How many times spots became open that the waiting list could not use (rule 1).
    package var openings: Int
    /// n: the number of messages about this application that were sent to WaitlistService.
    package var sent: Int
    /// A digest of the `create` message. It tells a repeated create from a differing one, also after updates.
    package let creationDigest: String
    /// What the fund gave as the reason of its cancellation.
    package var cancelReason: String?
    /// Nil if an earlier version did not record it.
    package let createdAt: Timestamp?
    /// When the fund last changed or cancelled it; nil if an earlier version did not record it. The counters change
    /// without it.
    package var updatedAt: Timestamp?

    package init(
        id: ID, fundID: ID, details: ApplicationDetails, capacity: Int, status: Status = .open,
        startsAt: Timestamp, confirmed: Int = 0, waiting: Int = 0, reserved: Int = 0, release: Int = 0,
        openings: Int = 0, sent: Int = 0, creationDigest: String, cancelReason: String? = nil,
        createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil, reservedGrewAt: Timestamp? = nil
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
        self.openings = openings
        self.sent = sent
        self.creationDigest = creationDigest
        self.cancelReason = cancelReason
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.reservedGrewAt = reservedGrewAt
    }

    /// Spots that no volunteer holds; 0 also where the capacity was lowered below the number of confirmed members.
    package var free: Int { max(0, capacity - confirmed) }

    /// Free spots that are not reserved: anyone may take them.
    package var open: Int { free - reserved }

    /// The status at a time. Whether an application has started is asked of the clock, never of the record, so that a
    /// clock that was wrong for a moment closes nothing for good (rule 10).
    package func status(at now: Timestamp) -> Status {
        if status == .cancelled { .cancelled } else if now < startsAt { .open } else { .started }
    }

    /// The instant of the start if the rules of the zone now give another one than ``startsAt``; nil for a zone that
    /// this machine does not know.
    package var startByCurrentRules: Timestamp? {
        status == .cancelled ? nil : details.schedule.startByCurrentRules(before: startsAt)
    }

    /// The offer with which a waiting member can claim a reserved spot at this time; nil if the member has none, or it
    /// has lapsed (rule 3). At exactly `expiresAt` it is too late (rule 16).
    package func validOffer(of member: Member, at now: Timestamp) -> Member.Offer? {
        guard let offer = member.offer, offer.release == release, now < offer.expiresAt, member.standing == .waiting,
            reserved > 0, free > 0, status(at: now) == .open
        else { return nil }
        return offer
    }
}
